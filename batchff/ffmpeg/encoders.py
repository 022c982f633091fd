"""Which encoders ffmpeg's arguments ask for, and which a build of ffmpeg has."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

_CODEC_OPTION = re.compile(r"-(c|codec|vcodec|acodec|scodec)(:.*)?")
# As in ` V....D libx264   libx264 H.264 / AVC (codec h264)`; the legend's lines have a `=`.
_ENCODER = re.compile(r"^ [VAS][.\w]{5} (?!=)(\S+)", re.MULTILINE)
_CODEC = re.compile(r"\(codec (\S+)\)$", re.MULTILINE)
_SECONDS = 20


def asked_encoders(arguments: Sequence[str]) -> list[str]:
    """Return the encoders, or codecs, that the arguments name for the output.

    Before an input, the same options name decoders: these are left out.
    """
    inputs = [index for index, argument in enumerate(arguments) if argument == "-i"]
    of_output = arguments[inputs[-1] + 2 :] if inputs else arguments
    named = [
        value
        for option, value in zip(of_output, of_output[1:], strict=False)
        if _CODEC_OPTION.fullmatch(option) and value != "copy"
    ]
    return list(dict.fromkeys(named))


def list_encoders(program: str) -> frozenset[str]:
    """Return the encoders that an ffmpeg has, and the codecs that it can encode.

    Raises OSError or subprocess.SubprocessError for a program that doesn't run.
    """
    said = subprocess.run(
        [program, "-nostdin", "-hide_banner", "-encoders"],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=_SECONDS,
    ).stdout
    return frozenset((*_ENCODER.findall(said), *_CODEC.findall(said)))
