"""`batchff submit`: move files through all stages at once."""

from __future__ import annotations
