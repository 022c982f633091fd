"""HTTP as all clients of the services speak it: connections, proxies, the SDK's transport."""

from __future__ import annotations
