"""The name by which a resource group is handed on."""

from __future__ import annotations

RESOURCE_GROUP_PARAM = "resource_group"
