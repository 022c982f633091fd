"""How commands word what people read."""

from __future__ import annotations
