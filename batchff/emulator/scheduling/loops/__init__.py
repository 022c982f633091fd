"""Work in the background, for as long as the service runs."""

from __future__ import annotations
