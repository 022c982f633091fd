"""What an account of Azure Batch holds, and how it changes; nothing of HTTP."""

from __future__ import annotations
