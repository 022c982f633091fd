"""How each kind of request is tried again: one table, and what `Retry-After` says."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be gone at the next attempt."""

_MINUTES = 60.0
_NO_STATUS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is tried again for one kind of request, how soon, and for how long; in seconds.

    A connection that failed is always tried again, the first time at once: a service closes idle
    connections, perhaps just as a request is sent. `codes` and `final_codes` are the service's own
    error codes: those are always tried again, these never, whatever the status.
    """

    service: str
    """Its name in what the user reads while batchff waits."""
    statuses: frozenset[int] = PASSING
    codes: frozenset[str] = frozenset()
    final_codes: frozenset[str] = frozenset()
    first: float = 1.0
    """The pause before the second attempt; each one after it is twice as long."""
    longest: float = 15.0
    jitter: float = 0.25
    """The share by which a pause is longer or shorter at random, so that threads spread out."""
    patience: float = 5 * _MINUTES
    """How long it's tried in all, from the first failure on."""

    def tries_again(self, status: int, code: str = "") -> bool:
        """Say whether an answer may be another one at the next attempt."""
        if code in self.final_codes:
            return False
        return status in self.statuses or code in self.codes

    def pause(self, number: int) -> float:
        """Return how long to wait before an attempt; they are counted from 0."""
        seconds = min(self.first * 2.0 ** min(number, 30), self.longest)
        return seconds * random.uniform(1 - self.jitter, 1 + self.jitter)


def _polling(service: str, *codes: str, step: float, patience: float) -> RetryPolicy:
    """Return the policy for what a service only needs time for: it's looked at in equal steps."""
    return RetryPolicy(
        service,
        statuses=_NO_STATUS,
        codes=frozenset(codes),
        first=step,
        longest=step,
        jitter=0.0,
        patience=patience,
    )


# The table. First come requests that failed for now: each row tries 408 and 429 again, and
# waits at least as long as `Retry-After` says, but no longer than its patience.

BATCH = RetryPolicy(
    "the Batch service",
    # "The pool just had another formula" is a 503 too; `POOL_CHANGE` is how that is waited for.
    final_codes=frozenset({"TooManyEnableAutoScaleRequests"}),
)
ADDING_TASKS = RetryPolicy("the Batch service", longest=30.0)
BLOB_REQUEST = RetryPolicy("the storage service")
BLOB_TRANSFER = RetryPolicy("the storage service", longest=30.0)
STORAGE_SDK = RetryPolicy("the storage service")
MANAGEMENT = RetryPolicy("Azure's management")
SIGN_IN = RetryPolicy("Entra ID", codes=frozenset({"temporarily_unavailable"}))
# "How to use managed identities", on errors: 404 and 410 come while the endpoint is updated.
MACHINE_IDENTITY = RetryPolicy("the managed identity's endpoint", PASSING | {404, 410})

# These wait, in equal steps, for what the service says by a code; no status is tried again.

# "When a container is deleted, a container with the same name can't be created for at least 30
# seconds" (Delete Container); the more blobs it had the longer.
CONTAINER_NAME = _polling(
    "the storage service", "ContainerBeingDeleted", step=3.0, patience=5 * _MINUTES
)
# The service takes one formula in 30 seconds, and none while it gets nodes.
POOL_CHANGE = _polling(
    "the Batch service",
    *("TooManyEnableAutoScaleRequests", "PoolBeingResized"),
    step=5.0,
    patience=5 * _MINUTES,
)
# What a pool or a job is in the middle of can keep it from being deleted, for a while.
DELETION = _polling(
    "the Batch service",
    *("PoolBeingResized", "JobBeingTerminated", "OperationInvalidForCurrentState"),
    step=2.0,
    patience=2 * _MINUTES,
)

TABLE: Mapping[str, RetryPolicy] = {
    "a call of Batch": BATCH,
    "adding tasks": ADDING_TASKS,
    "a small request for a blob": BLOB_REQUEST,
    "a piece of a blob": BLOB_TRANSFER,
    "a call of the storage SDK": STORAGE_SDK,
    "a call of the management plane": MANAGEMENT,
    "a token": SIGN_IN,
    "a token of the machine's identity": MACHINE_IDENTITY,
    "a container's name that isn't free yet": CONTAINER_NAME,
    "a pool that can't be changed yet": POOL_CHANGE,
    "a deletion on its way": DELETION,
}
"""All rows by the kind of request that they are for."""

_NUMBER = re.compile(r"\d+(\.\d+)?")
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Return for how many seconds a service asks to wait; 0 where it doesn't.

    It asks in seconds, by a date, or in milliseconds in headers of Azure's own. `now` is the
    time since the epoch. The names of the headers are in lower case.
    """
    said = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(said):
        return float(said)
    if said:
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - now)
        except (ValueError, OverflowError):
            return 0.0
    for name in _MILLISECONDS:
        if _NUMBER.fullmatch(told := headers.get(name, "").strip()):
            return float(told) / 1000
    return 0.0
