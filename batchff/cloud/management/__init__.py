"""Azure's management plane: accounts, quotas, and pools that have an identity."""

from __future__ import annotations
