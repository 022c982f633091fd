"""Turn a folder of media into other media on many machines, with ffmpeg and Azure Batch."""

from __future__ import annotations

__version__ = "0.1.0"
