"""`batchff emulator` and its commands."""

from __future__ import annotations
