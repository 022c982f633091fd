"""The nodes' ffmpeg: found here or fetched, sent to storage once, and put on nodes from there."""

from __future__ import annotations
