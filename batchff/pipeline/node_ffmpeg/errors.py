"""What can be wrong with the nodes' ffmpeg on this machine."""

from __future__ import annotations

from batchff.errors import BatchffError


class NoBuild(BatchffError):
    """There is no ffmpeg for nodes here, and none can be fetched."""
