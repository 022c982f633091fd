from __future__ import annotations

import pytest

from batchff.ffmpeg.chunks import small
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.small import sent_if_small
from batchff.model.byte_ranges import ByteRange, Part

_CONTENT = bytes(each % 251 for each in range(300_000))


def _read(offset: int, length: int) -> bytes:
    return _CONTENT[offset : offset + length]


def _written(parts: tuple[Part, ...]) -> bytes:
    return b"".join(
        _CONTENT[part.start : part.end] if isinstance(part, ByteRange) else part for part in parts
    )


def test_few_ranges_stay() -> None:
    parts = (b"head", ByteRange(0, 10), ByteRange(20, 30))
    assert sent_if_small(parts, _read, len(_CONTENT)) == parts


def test_of_many_ranges_the_small_ones_are_sent() -> None:
    many = [ByteRange(at, at + 3) for at in range(0, 60_000, 5)]
    large = ByteRange(100_000, 200_000)
    parts: tuple[Part, ...] = (b"head", *many, large, *many)
    sent = sent_if_small(parts, _read, len(_CONTENT))
    assert _written(sent) == _written(parts)
    assert [part for part in sent if isinstance(part, ByteRange)] == [large]
    assert len(sent) == 3


def test_too_much_to_send_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "_MOST_SENT", 1000)
    many = [ByteRange(at, at + 3) for at in range(0, 60_000, 5)]
    with pytest.raises(CannotCut, match="too many pieces"):
        sent_if_small(many, _read, len(_CONTENT))
