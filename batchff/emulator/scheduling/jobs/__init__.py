"""How jobs and schedules begin and end, and the tasks that prepare and release nodes."""

from __future__ import annotations
