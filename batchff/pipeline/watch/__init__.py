"""Watch a job: what its tasks and nodes do, until it ends."""

from __future__ import annotations
