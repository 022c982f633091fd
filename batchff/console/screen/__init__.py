"""The live screen: its state, which events change, and how it's drawn."""

from __future__ import annotations
