"""Packets of media, as ffmpeg's muxer `framecrc` writes them down."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

_HEADING = re.compile(r"#(tb|media_type) (\d+): (\S+)")
_MINI_GROUP = 32
"""libsvtav1 puts so many pictures in one packet and the small ones after it, all shown after the
first: from there on, packets up to any other picture have more than the pictures up to it.
"""


@dataclass(slots=True)
class Packets:
    """A stream's packets: when each is shown, and how large it is."""

    is_film: bool
    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ends: float = 0.0

    def until(self, end: float) -> int:
        """Return how many bytes are before a time."""
        return sum(size for when, size in zip(self.times, self.sizes, strict=True) if when < end)

    def end_of_mini_groups(self, end: float) -> float:
        """Return when the picture is shown that follows the mini groups that end by a time.

        There is one at least; 0 where not even that is there.
        """
        times = sorted(self.times)
        groups = max((bisect_left(times, end) - 1) // _MINI_GROUP, 1)
        following = 1 + groups * _MINI_GROUP
        return times[following] if following < len(times) else 0.0


def read_framecrc(said: str) -> list[Packets]:
    """Return the streams that have packets in what ffmpeg's muxer `framecrc` writes."""
    ticks: dict[str, float] = {}
    films: set[str] = set()
    found: dict[str, Packets] = {}
    for line in said.splitlines():
        if heading := _HEADING.match(line):
            name, number, value = heading.groups()
            if name == "tb":
                above, _, below = value.partition("/")
                ticks[number] = int(above) / int(below)
            elif value == "video":
                films.add(number)
            continue
        number, *words = (word.strip() for word in line.split(","))
        if number not in ticks or len(words) < 4:
            continue
        each = found.setdefault(number, Packets(is_film=number in films))
        each.times.append(int(words[1]) * ticks[number])
        each.sizes.append(int(words[3]))
        each.ends = max(each.ends, each.times[-1] + int(words[2]) * ticks[number])
    return list(found.values())
