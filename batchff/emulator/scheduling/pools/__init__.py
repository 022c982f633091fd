"""How pools get their nodes, and how nodes start, leave and come back."""

from __future__ import annotations
