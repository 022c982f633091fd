"""The way of a file: plan, upload, pool, job, watch, download, cleanup; `submit` joins them."""

from __future__ import annotations
