"""Looks into bytes and files, as tests ask for them."""

from __future__ import annotations

from pathlib import Path

from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.look import look, set_up
from batchff.model.inspection import Inspected, Inspection, StreamKind

set_up()


def look_into(data: bytes, suffix: str = "") -> Inspected:
    """What is in a file of these bytes."""
    return look(BlockFile(len(data), lambda start, length: data[start : start + length]), suffix)


def look_at(path: Path) -> Inspection:
    """What is in a file; it must be media."""
    inspected = look_into(path.read_bytes(), path.suffix)
    assert isinstance(inspected, Inspection), inspected
    return inspected


def codecs(inspection: Inspection, kind: StreamKind) -> list[str]:
    """The codecs of the streams of a kind."""
    return [stream.codec for stream in inspection.of_kind(kind)]
