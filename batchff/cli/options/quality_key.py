"""Where a command's context has the quality that is asked for."""

from __future__ import annotations

ASKED_QUALITY = "batchff.asked_quality"
"""The key in its `meta`; the value is an `AskedQuality`."""
