"""Every request that batchff sends in the suite is held to what the services describe."""

from __future__ import annotations
