"""What the user sees: a live display, plain lines or JSON. No other package imports `rich`."""

from __future__ import annotations
