"""On PYTHONPATH of the commands that tests run as processes of their own."""

from __future__ import annotations
