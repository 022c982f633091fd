"""A password for what is made."""

from __future__ import annotations

BATCH_TEST_PASSWORD = "kt#_gahr!@aGERDXA"
