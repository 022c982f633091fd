"""The operations on pools and their nodes."""

from __future__ import annotations
