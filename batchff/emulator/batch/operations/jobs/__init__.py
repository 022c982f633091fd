"""The operations on job schedules, jobs and tasks."""

from __future__ import annotations
