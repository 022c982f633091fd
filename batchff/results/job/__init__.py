"""The results of `batchff job` and its commands."""

from __future__ import annotations
