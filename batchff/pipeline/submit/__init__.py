"""`batchff submit`: plan the whole, then move files through all stages at once."""

from __future__ import annotations
