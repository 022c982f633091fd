"""A clock that only waiting moves on."""

from __future__ import annotations


class WaitingClock:
    """Takes the place of the module `time`; `sleeps` are the seconds of each wait."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_800_000_000.0 + self.now

    def sleep(self, seconds: float, /) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
