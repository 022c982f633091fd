from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.emulator.blob.store.leases import INFINITE, Lease, lease_text, read_lease

LEASE = Lease("id", 30, 1000)


@pytest.mark.parametrize(
    ("lease", "now", "state", "is_held"),
    [
        (LEASE, 1000, "leased", True),
        (LEASE, 1029, "leased", True),
        (LEASE, 1030, "expired", False),
        (replace(LEASE, duration=INFINITE), 10**9, "leased", True),
        (replace(LEASE, broken=1010), 1009, "breaking", True),
        (replace(LEASE, broken=1010), 1010, "broken", False),
    ],
)
def test_the_state_of_a_lease_goes_by_the_time(
    lease: Lease, now: int, state: str, is_held: bool
) -> None:
    assert (lease.state(now), lease.is_held(now)) == (state, is_held)


@pytest.mark.parametrize("lease", [None, LEASE, replace(LEASE, broken=5)])
def test_a_lease_is_kept_as_text(lease: Lease | None) -> None:
    assert read_lease(lease_text(lease)) == lease
