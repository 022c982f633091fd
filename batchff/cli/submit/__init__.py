"""`batchff submit` and its `--dry-run`."""

from __future__ import annotations
