"""The nodes of all pools, and what runs on them."""

from __future__ import annotations
