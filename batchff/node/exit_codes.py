"""What the exit codes of `encode.sh` and `join.sh` mean."""

from __future__ import annotations

from enum import IntEnum


class NodeExit(IntEnum):
    """The exit codes of `encode.sh`, by the names they have there; 0 is a good output."""

    USAGE = 10
    NO_FFMPEG = 11
    FAILED = 12
    EMPTY = 13
    BROKEN = 14
    KILLED = 15
    NO_INPUT = 16
    DISK_FULL = 17
    SOURCE_BAD = 18
    WRONG = 19
    CHUNK_MISSING = 20


NODE_FAULTS = frozenset(
    {NodeExit.NO_FFMPEG, NodeExit.KILLED, NodeExit.NO_INPUT, NodeExit.DISK_FULL}
)
"""Faults of the node, not of the input: another attempt may succeed.

This only words the report; `encode/endings.sh` decides.
"""

INPUT_FAULTS = frozenset(
    {NodeExit.FAILED, NodeExit.EMPTY, NodeExit.BROKEN, NodeExit.SOURCE_BAD, NodeExit.WRONG}
)
"""Faults of the input with these arguments: another attempt would fail as well.

This only words the report; `encode/endings.sh` decides.
"""

_MEANINGS = {
    NodeExit.USAGE: "the task was set up wrongly",
    NodeExit.NO_FFMPEG: "the node can't run ffmpeg",
    NodeExit.FAILED: "ffmpeg failed on this input",
    NodeExit.EMPTY: "ffmpeg made nothing of this input",
    NodeExit.BROKEN: "the output doesn't decode without an error",
    NodeExit.KILLED: "ffmpeg was stopped by a signal",
    NodeExit.NO_INPUT: "the input didn't come to the node whole",
    NodeExit.DISK_FULL: "the node's disk is full",
    NodeExit.SOURCE_BAD: "the source is cut off or damaged",
    NodeExit.WRONG: "the output isn't what was promised",
    NodeExit.CHUNK_MISSING: "a chunk of the film wasn't made",
}


def node_exit_meaning(code: int) -> str | None:
    """Say what an exit code of `encode.sh` means; None for 0 and for codes it doesn't use."""
    return _MEANINGS[NodeExit(code)] if code in _MEANINGS else None
