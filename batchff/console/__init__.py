"""What the user sees: a live display, plain lines or JSON. Nothing else imports `rich`."""

from __future__ import annotations
