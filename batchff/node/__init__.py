"""The POSIX sh files that run on a node; they are sent there as they are."""

from __future__ import annotations
