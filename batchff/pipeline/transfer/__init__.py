"""Files to blobs and blobs to files. Knows no jobs."""

from __future__ import annotations
