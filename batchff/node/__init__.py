"""The POSIX sh files that run on a node; they travel there as they are."""

from __future__ import annotations
