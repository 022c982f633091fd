"""What batchff knows of ffmpeg: presets, arguments, suffixes, progress. No network, no console."""

from __future__ import annotations
