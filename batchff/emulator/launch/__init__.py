"""The emulator as its clients see it: start it, find it, stop it, remove what it keeps.

Light to import: the service and its web framework are loaded in the emulator's own process, and by
`control`, which isn't imported here.
"""

from __future__ import annotations

from batchff.emulator.launch.connection import Connection, Status
from batchff.emulator.launch.launch import (
    default_root,
    default_simulation_root,
    find,
    reset,
    start,
    status,
    stop,
)

__all__ = [
    "Connection",
    "Status",
    "default_root",
    "default_simulation_root",
    "find",
    "reset",
    "start",
    "status",
    "stop",
]
