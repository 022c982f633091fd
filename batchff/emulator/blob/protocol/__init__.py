"""The parts of Blob Storage's requests and responses."""

from __future__ import annotations
