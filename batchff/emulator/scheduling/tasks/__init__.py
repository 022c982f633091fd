"""How tasks are given to nodes, run and end."""

from __future__ import annotations
