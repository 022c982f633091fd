"""`batchff init` and its questions."""

from __future__ import annotations
