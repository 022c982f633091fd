"""`batchff cleanup`: find what batchff made and remove it."""

from __future__ import annotations
