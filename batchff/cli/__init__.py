"""The command line: read arguments, call a stage, return a result. A module per command group."""

from __future__ import annotations
