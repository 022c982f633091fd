"""Work that goes on beside requests, for as long as the service runs."""

from __future__ import annotations
