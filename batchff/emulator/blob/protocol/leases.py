"""What a lease lets a request do, and how answers tell of it."""

from __future__ import annotations

from batchff.emulator.blob.protocol.errors import (
    LEASE_ID_MISMATCH_WITH_BLOB_OPERATION,
    LEASE_ID_MISMATCH_WITH_CONTAINER_OPERATION,
    LEASE_ID_MISSING,
    LEASE_LOST,
    LEASE_NOT_PRESENT_WITH_BLOB_OPERATION,
    LEASE_NOT_PRESENT_WITH_CONTAINER_OPERATION,
    StorageError,
)
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.store.leases import INFINITE, Lease
from batchff.emulator.blob.store.records import Blob

LEASE_ID = "x-ms-lease-id"


def check_lease(
    request: Request, lease: Lease | None, now: int, *, changes: bool, of_container: bool = False
) -> None:
    """Raise 412 unless a request names the lease of what it changes, or no other one.

    A read needn't name it.
    """
    given = request.headers.get(LEASE_ID)
    is_held = lease is not None and lease.is_held(now)
    if given is None:
        if changes and is_held:
            raise StorageError(LEASE_ID_MISSING)
        return
    if lease is None:
        raise StorageError(
            LEASE_NOT_PRESENT_WITH_CONTAINER_OPERATION
            if of_container
            else LEASE_NOT_PRESENT_WITH_BLOB_OPERATION
        )
    if given.lower() != lease.id:
        raise StorageError(
            LEASE_ID_MISMATCH_WITH_CONTAINER_OPERATION
            if of_container
            else LEASE_ID_MISMATCH_WITH_BLOB_OPERATION
        )
    if not is_held:
        raise StorageError(LEASE_LOST)


def lease_facts(lease: Lease | None, now: int) -> dict[str, str]:
    """Return the status of a lease, its state, and its duration where it has one, by name."""
    if lease is None:
        return {"status": "unlocked", "state": "available"}
    facts = {
        "status": "locked" if lease.is_held(now) else "unlocked",
        "state": lease.state(now),
    }
    if facts["state"] == "leased":
        facts["duration"] = "infinite" if lease.duration == INFINITE else "fixed"
    return facts


def lease_of(blob: Blob | None) -> Lease | None:
    """Return a blob's lease; None where there is no blob."""
    return blob.lease if blob else None
