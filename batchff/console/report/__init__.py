"""Reports of a job as files: a page, a table, text, JSON. Each is made from the same result."""

from __future__ import annotations
