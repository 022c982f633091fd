"""`batchff cleanup`."""

from __future__ import annotations
