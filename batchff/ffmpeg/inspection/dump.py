"""What libav's own description of a file says, where PyAV has no name for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STREAM = re.compile(r"^  Stream #0:(\d+)")
_SAID = re.compile(r": (?:Video|Audio|Subtitle|Data|Attachment|Unknown): (\w+)")
# Of what libav has no codec for, the four letters that the file has.
_TAG = re.compile(r": \w+: (?:none|unknown) \((\w{4}) / ")
_SIZE = re.compile(r", (\d+)x(\d+)")
_SIDE_DATA = re.compile(r"^    Side data:")
_ROTATION = re.compile(r"display ?matrix: rotation of (-?[\d.]+) degrees")
_DOLBY_VISION = re.compile(r"dovi configuration record:.*?profile: (\d+)")


@dataclass(slots=True)
class Described:
    """What is said of a stream; `codec` is empty where libav doesn't know it."""

    codec: str = ""
    size: tuple[int, int] | None = None
    rotation: int = 0
    has_mastering: bool = False
    has_light_level: bool = False
    dolby_vision: int | None = None


def read_description(text: str) -> dict[int, Described]:
    """Return what `av_dump_format` says of each stream, by its index."""
    streams: dict[int, Described] = {}
    current = Described()
    in_side_data = False
    for line in text.splitlines():
        if found := _STREAM.match(line):
            current = streams[int(found[1])] = _of_line(line)
            in_side_data = False
        elif line.startswith("      "):
            if in_side_data:
                _add_side_data(current, line.strip().lower())
        else:
            in_side_data = bool(_SIDE_DATA.match(line))
    return streams


def _of_line(line: str) -> Described:
    said, size = _SAID.search(line), _SIZE.search(line)
    codec = said[1] if said and said[1] not in ("none", "unknown") else ""
    if not codec and (tag := _TAG.search(line)):
        codec = tag[1]
    return Described(codec, (int(size[1]), int(size[2])) if size else None)


def _add_side_data(stream: Described, line: str) -> None:
    if found := _ROTATION.match(line):
        # libav counts against the clock.
        stream.rotation = round(-float(found[1])) % 360
    elif found := _DOLBY_VISION.match(line):
        stream.dolby_vision = int(found[1])
    elif line.startswith("mastering display"):
        stream.has_mastering = True
    elif line.startswith("content light level"):
        stream.has_light_level = True
