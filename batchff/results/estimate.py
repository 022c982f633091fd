"""What commands return of an estimate."""

from __future__ import annotations

from dataclasses import dataclass

from batchff.model.estimates import Spread


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
