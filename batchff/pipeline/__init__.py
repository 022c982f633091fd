"""The stages: plan, upload, pool, job, watch, download, cleanup; `submit` runs them together."""

from __future__ import annotations
