"""Lease Blob and Lease Container: acquire, renew, change, release, break.

After "Lease Blob" of the Blob service REST API, with its tables of outcomes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.conditions import Stamp, check_write
from batchff.emulator.blob.protocol.errors import (
    LEASE_ALREADY_PRESENT,
    LEASE_ID_MISMATCH_WITH_LEASE_OPERATION,
    LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED,
    LEASE_IS_BREAKING_AND_CANNOT_BE_CHANGED,
    LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED,
    LEASE_NOT_PRESENT_WITH_LEASE_OPERATION,
    StorageError,
    invalid_header,
    missing_header,
)
from batchff.emulator.blob.protocol.headers import version_headers
from batchff.emulator.blob.protocol.leases import LEASE_ID
from batchff.emulator.blob.protocol.response import Response
from batchff.emulator.blob.store.leases import INFINITE, Lease

ACTION, DURATION = "x-ms-lease-action", "x-ms-lease-duration"
BREAK_PERIOD, PROPOSED = "x-ms-lease-break-period", "x-ms-proposed-lease-id"
HEADERS = frozenset({ACTION, DURATION, BREAK_PERIOD, PROPOSED, LEASE_ID})
_SHORTEST, _LONGEST, _LONGEST_BREAK = 15, 60, 60


async def lease_blob(call: Call) -> Response:
    """Lease Blob: answer by the action that a header names."""
    blob = call.blob()
    check_write(call.request, Stamp(blob.etag, blob.modified))
    status, lease, headers = _acted(call, blob.lease)
    call.store.blobs.set_lease(blob, lease)
    return Response(status, version_headers(blob) | headers)


async def lease_container(call: Call) -> Response:
    """Lease Container: as with a blob."""
    container = call.container()
    check_write(call.request, Stamp(container.etag, container.modified))
    status, lease, headers = _acted(call, container.lease)
    call.store.containers.set_lease(container, lease)
    return Response(status, version_headers(container) | headers)


_Outcome = tuple[int, Lease | None, dict[str, str]]


def _acted(call: Call, lease: Lease | None) -> _Outcome:
    """Return the status, the lease from now on, and headers of the answer."""
    action = call.request.headers.get(ACTION)
    if action is None:
        raise missing_header(ACTION)
    actions: dict[str, Callable[[Call, Lease | None], _Outcome]] = {
        "acquire": _acquire,
        "renew": _renew,
        "change": _change,
        "release": _release,
        "break": _break,
    }
    if action.lower() not in actions:
        raise invalid_header(ACTION, action)
    return actions[action.lower()](call, lease)


def _acquire(call: Call, lease: Lease | None) -> _Outcome:
    duration = _number(call, DURATION)
    if duration != INFINITE and not _SHORTEST <= duration <= _LONGEST:
        raise invalid_header(DURATION, str(duration))
    wanted = _guid(call, PROPOSED) if PROPOSED in call.request.headers else str(uuid.uuid4())
    if lease is not None and lease.is_held(call.now):
        if lease.state(call.now) == "breaking":
            raise StorageError(
                LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED
                if lease.id == wanted
                else LEASE_ALREADY_PRESENT
            )
        if lease.id != wanted:
            raise StorageError(LEASE_ALREADY_PRESENT)
    return 201, Lease(wanted, duration, call.now), {LEASE_ID: wanted}


def _renew(call: Call, lease: Lease | None) -> _Outcome:
    lease = _own(call, lease)
    if lease.broken is not None:
        raise StorageError(LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED)
    return 200, replace(lease, since=call.now), {LEASE_ID: lease.id}


def _change(call: Call, lease: Lease | None) -> _Outcome:
    wanted, given = _guid(call, PROPOSED), _guid(call, LEASE_ID)
    if lease is None or lease.state(call.now) in ("broken", "expired"):
        raise StorageError(LEASE_NOT_PRESENT_WITH_LEASE_OPERATION)
    if lease.state(call.now) == "breaking":
        raise StorageError(LEASE_IS_BREAKING_AND_CANNOT_BE_CHANGED)
    if lease.id not in (given, wanted):
        raise StorageError(LEASE_ID_MISMATCH_WITH_LEASE_OPERATION)
    return 200, replace(lease, id=wanted), {LEASE_ID: wanted}


def _release(call: Call, lease: Lease | None) -> _Outcome:
    _own(call, lease)
    return 200, None, {}


def _break(call: Call, lease: Lease | None) -> _Outcome:
    if lease is None or lease.state(call.now) == "expired":
        raise StorageError(LEASE_NOT_PRESENT_WITH_LEASE_OPERATION)
    if lease.state(call.now) == "broken":
        return 202, lease, {"x-ms-lease-time": "0"}
    left = 0 if lease.duration == INFINITE else lease.left(call.now)
    if lease.broken is not None:
        left = lease.broken - call.now
    if BREAK_PERIOD in call.request.headers:
        period = _number(call, BREAK_PERIOD)
        if not 0 <= period <= _LONGEST_BREAK:
            raise invalid_header(BREAK_PERIOD, str(period))
        is_infinite = lease.duration == INFINITE and lease.broken is None
        left = period if is_infinite else min(period, left)
    return 202, replace(lease, broken=call.now + left), {"x-ms-lease-time": str(left)}


def _own(call: Call, lease: Lease | None) -> Lease:
    """Return the lease, which the request must name."""
    given = _guid(call, LEASE_ID)
    if lease is None or lease.id != given:
        raise StorageError(LEASE_ID_MISMATCH_WITH_LEASE_OPERATION)
    return lease


def _guid(call: Call, header: str) -> str:
    given = call.request.headers.get(header)
    if given is None:
        raise missing_header(header)
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise invalid_header(header, given) from None


def _number(call: Call, header: str) -> int:
    given = call.request.headers.get(header)
    if given is None:
        raise missing_header(header)
    if not given.removeprefix("-").isascii() or not given.removeprefix("-").isdigit():
        raise invalid_header(header, given)
    return int(given[:8])
