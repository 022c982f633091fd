"""`batchff job retry`: encode again what failed or never ran."""

from __future__ import annotations
