"""Time that passes only while something waits."""

from __future__ import annotations


class Time:
    """A clock that waiting moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
