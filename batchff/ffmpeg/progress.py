"""How far an ffmpeg has come, from its `-progress` file and its stderr."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_RUN = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_DURATION = re.compile(r"^[ \t]*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)[, ]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of ffmpeg's; None is for what ffmpeg didn't know.

    `out_seconds` is the time in the output that was reached, `speed` how many of its seconds are
    made in one, `total_size` the output's bytes so far. All are of one run, the `run`th of `runs`;
    `ended` is True at the end of the last one. One that `is_checking` says that the outputs are
    made, and that the node checks them.
    """

    frame: int | None
    fps: float | None
    out_seconds: float | None
    speed: float | None
    total_size: int | None
    ended: bool
    run: int = 1
    runs: int = 1
    is_checking: bool = False

    def fraction(self, duration: float | None) -> float | None:
        """Return how much of the task is done, from 0 to 1, for a source of so many seconds.

        Each run counts alike, and checks count nothing. None where the source's duration or the
        time reached isn't known, and no run has ended.
        """
        if self.is_checking:
            return 1.0
        before = (self.run - 1) / self.runs
        if duration and self.out_seconds is not None:
            return before + min(1.0, self.out_seconds / duration) / self.runs
        return before or None


def parse_progress(text: str) -> Progress | None:
    """Return the last whole report in a `-progress` file; None where there is none yet.

    The text may be cut anywhere, at either end.
    """
    report: Progress | None = None
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if not equals:
            continue
        values[key.strip()] = value.strip()
        if key == "progress":
            report = _report(values)
            values = {}
    return report


def parse_input_duration(stderr_head: str) -> float | None:
    """Return the seconds of the first input, from ffmpeg's stderr; None where it isn't there."""
    found = _DURATION.search(stderr_head)
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _report(values: dict[str, str]) -> Progress:
    frame, size = _number(values.get("frame")), _number(values.get("total_size"))
    # out_time_ms, the older name, counts microseconds as well.
    microseconds = _number(values.get("out_time_us", values.get("out_time_ms")))
    run, runs = _run(values.get("run", ""))
    return Progress(
        frame=None if frame is None else int(frame),
        fps=_number(values.get("fps")),
        out_seconds=None if microseconds is None else microseconds / 1_000_000,
        speed=_number(values.get("speed", "").removesuffix("x")),
        total_size=None if size is None else int(size),
        ended=values["progress"] == "end" and run == runs,
        run=run,
        runs=runs,
        is_checking=values.get("stage") == "checking",
    )


def _run(text: str) -> tuple[int, int]:
    """Read which run of how many it is, as `encode.sh` adds to the reports of several runs."""
    found = _RUN.fullmatch(text)
    run, runs = (int(found[1]), int(found[2])) if found else (1, 1)
    return (run, runs) if 1 <= run <= runs else (1, 1)


def _number(text: str | None) -> float | None:
    """Read a number of ffmpeg's: `N/A`, nonsense, and a time before the first frame are None."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
