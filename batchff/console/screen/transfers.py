"""A stage that moves bytes or files, and how fast it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

_SECONDS_BETWEEN_SAMPLES = 0.5
_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Transfer:
    """So many files and bytes of a stage; `total` is None where the bytes aren't known yet.

    Times are in seconds of the screen's clock. `moved` are bytes that went over the line, `bytes`
    counts those as well that needn't.
    """

    began: float
    files: int
    total: int | None
    bytes: int = 0
    moved: int = 0
    files_done: int = 0
    samples: tuple[tuple[float, int], ...] = ()
    ended: float | None = None
    guess: int | None = None
    """What the bytes may come to, by somebody who knows more."""
    is_guessed: bool = False
    """Whether somebody who knows more has guessed; None then says that nobody can."""

    def move(self, count: int, now: float) -> Transfer:
        """Return it with more bytes moved."""
        samples = self.samples
        if not samples or now - samples[-1][0] >= _SECONDS_BETWEEN_SAMPLES:
            samples = (*samples[1 - _SAMPLES :], (now, self.moved))
        return replace(self, bytes=self.bytes + count, moved=self.moved + count, samples=samples)

    def end(self, now: float) -> Transfer:
        """Return it at its end."""
        return self if self.ended is not None else replace(self, ended=now)

    def rate(self, now: float) -> float | None:
        """Return the bytes a second of late; None where nothing moved yet."""
        if not self.samples:
            return None
        since, before = self.samples[0]
        return (self.moved - before) / max(now - since, _SECONDS_BETWEEN_SAMPLES)

    @property
    def expected(self) -> int | None:
        """How many bytes it's about in all: while outputs are made, by those that are there."""
        if self.total is not None:
            return self.total
        if self.is_guessed or self.guess is not None:
            return self.guess
        if not self.files_done or not self.files:
            return None
        return max(self.bytes, round(self.bytes / self.files_done * self.files))

    @property
    def fraction(self) -> float:
        """How much of it is done, from 0 to 1."""
        if self.ended is not None:
            return 1.0
        if self.total:
            return min(self.bytes / self.total, 1.0)
        return min(self.files_done / self.files, 1.0) if self.files else 0.0
