"""Check whether the two services answer, accept the sign-in, and have our time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from batchff.cloud.clock import clock_offset
from batchff.errors import NotAllowedError
from batchff.model.duration import duration_text
from batchff.pipeline.doctor.check import Check, failure, ok, warning

# "Requests older than 15 minutes are refused" (Authenticate requests to the Azure Batch service).
_REFUSED = timedelta(minutes=15)
_ODD = timedelta(minutes=5)


@dataclass(slots=True)
class Service:
    """One of the two services, a cheap request to it, and what that came to.

    `credential` says what signed in, once it has.
    """

    name: str
    endpoint: str
    read: Callable[[], object]
    credential: Callable[[], str]
    by_key: bool = False
    offset: timedelta | None = None
    lets_in: bool = False
    refusal: NotAllowedError | None = None


def check_sign_in(service: Service) -> Check:
    """Check that a service answers and accepts the sign-in; roles are checked elsewhere."""
    service.offset = clock_offset(service.endpoint)
    try:
        service.read()
        service.lets_in = True
    except NotAllowedError as error:
        service.refusal = error
    return ok(sign_in_name(service.name), f"{service.endpoint}, by {service.credential()}")


def sign_in_name(service: str) -> str:
    """Return the name of a service's check."""
    return f"sign-in: {service}"


def check_clock(services: list[Service]) -> Check:
    """Compare our clock with the services'."""
    offsets = [service.offset for service in services if service.offset is not None]
    if not offsets:
        return warning("clock", "not checked: no service said its time")
    offset = max(offsets, key=abs)
    side = "behind" if offset > timedelta() else "ahead of"
    if abs(offset) <= _ODD:
        return ok("clock", "as the services' own, within 5 minutes")
    message = f"this machine's clock is {duration_text(abs(offset))} {side} the services'"
    advice = "set it by the network: timedatectl set-ntp true"
    if abs(offset) >= _REFUSED:
        return failure("clock", f"{message}; they refuse 15 minutes", advice)
    return warning("clock", f"{message}; they refuse 15 minutes", advice)
