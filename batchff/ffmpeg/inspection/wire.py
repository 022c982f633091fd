"""What the process that looks into files and the one that asks it both know."""

from __future__ import annotations

from batchff.model.inspection import NotMedia

READY = '{"ready":true}'
"""What the process says first: it can be asked."""

CRASHES = NotMedia("it makes the program that reads it crash")
TAKES_TOO_LONG = NotMedia("reading it takes too long")


def reason_of(error: OSError) -> str:
    """Return the system's words for why a file can't be read."""
    return error.strerror or str(error)
