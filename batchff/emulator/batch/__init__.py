"""Azure Batch's REST protocol: request context, authentication, routes, operations, store."""

from __future__ import annotations
