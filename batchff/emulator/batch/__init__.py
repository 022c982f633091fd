"""Azure Batch's REST protocol: authentication, routes, and one function for each operation."""

from __future__ import annotations
