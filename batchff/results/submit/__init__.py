"""The results of `batchff submit`."""

from __future__ import annotations
