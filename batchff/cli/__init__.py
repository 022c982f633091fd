"""The command line. A command reads its arguments, calls a stage and returns a result."""

from __future__ import annotations
