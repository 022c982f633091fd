"""What a job is likely to come to, by what was tried before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """A likely value, and between which others it lies nine times of ten."""

    low: float
    likely: float
    high: float

    def times(self, factor: float) -> Spread:
        """Return it in another unit."""
        return Spread(self.low * factor, self.likely * factor, self.high * factor)

    def wider(self, share: float) -> Spread:
        """Return it with so much more, as a share of the likely value, on both sides."""
        more = self.likely * share
        return Spread(max(self.low - more, 0.0), self.likely, self.high + more)

    def plus(self, amount: float) -> Spread:
        """Return it with the same amount more everywhere."""
        return Spread(self.low + amount, self.likely + amount, self.high + amount)


@dataclass(frozen=True, slots=True)
class Encoding:
    """What is likely made of files, by `pieces` of `tried` ones that were encoded here.

    `bytes` is the outputs' size; `cpu_seconds` is what this machine's processors would need for it.
    """

    files: int
    tried: int
    pieces: int
    bytes: Spread
    cpu_seconds: Spread


@dataclass(frozen=True, slots=True)
class Outlook:
    """What nodes are likely to need for an encoding.

    `seconds` is from the first task's start to the end of the last one, `node_hours` is of all
    nodes, with their start and their end; the `amount` is None where a price is missing. With
    `is_measured`, jobs have shown how fast these nodes are beside this machine.
    """

    node_hours: Spread
    seconds: Spread
    amount: Spread | None
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is likely to be made of `files`, by `pieces` of `tried` ones that were encoded here.

    `bytes` is the size of the outputs, `cpu_seconds` is for this machine's processors. `seconds`
    is how long the tasks take together on the pool, `node_hours` are those of its nodes from their
    start to their end, and `amount` is what these cost; each None where that can't be told. With
    `is_measured`, earlier jobs have shown how fast such nodes are. Without `bytes`, nothing could
    be tried, for a `reason`.
    """

    files: int
    tried: int = 0
    pieces: int = 0
    bytes: Spread | None = None
    cpu_seconds: Spread | None = None
    seconds: Spread | None = None
    node_hours: Spread | None = None
    amount: Spread | None = None
    is_measured: bool = False
    reason: str = ""
