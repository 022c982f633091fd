"""The results of `batchff pool` and its commands."""

from __future__ import annotations
