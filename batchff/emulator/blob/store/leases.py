"""Leases of blobs and containers, as they are at a time.

After "Lease Blob" and "Lease Container" of the Blob service REST API.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

INFINITE = -1


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was acquired; times are seconds since 1970.

    `duration` is in seconds, or INFINITE. `broken` is when a break of it is over, None without one.
    """

    id: str
    duration: int
    since: int
    broken: int | None = None

    def state(self, now: int) -> str:
        """Return `leased`, `breaking`, `broken` or `expired`."""
        if self.broken is not None:
            return "breaking" if now < self.broken else "broken"
        return "leased" if self.left(now) > 0 else "expired"

    def is_held(self, now: int) -> bool:
        """Return whether what is leased can be changed by the lease's holder only."""
        return self.state(now) in ("leased", "breaking")

    def left(self, now: int) -> int:
        """Return for how many seconds it lasts; 1 at least for an infinite one."""
        if self.duration == INFINITE:
            return 1
        return self.since + self.duration - now


def lease_text(lease: Lease | None) -> str | None:
    """Write a lease as the database keeps it."""
    return json.dumps(asdict(lease)) if lease else None


def read_lease(text: str | None) -> Lease | None:
    """Read a lease of the database."""
    return Lease(**json.loads(text)) if text else None
