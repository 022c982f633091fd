"""What the services' errors mean to the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from batchff.errors import BatchffError, NotFoundError, ServiceError, SignInError

_REFUSED = (401, 403)


@contextmanager
def expected_errors(doing: str) -> Iterator[None]:
    """Turn what Azure's packages raise into BatchffError; `doing` says what was tried."""
    try:
        yield
    except AzureError as error:
        raise translated(error, doing) from error


def translated(error: AzureError, doing: str) -> BatchffError:
    """Return the error of ours that says what one of Azure's means."""
    reason = _reason(error)
    if isinstance(error, ResourceNotFoundError):
        return NotFoundError(f"{doing}: {reason}")
    if isinstance(error, ClientAuthenticationError) or (
        isinstance(error, HttpResponseError) and error.status_code in _REFUSED
    ):
        return SignInError(
            f"{doing}: the service refused the credentials ({reason})",
            hint="check the account and its key: batchff profile show",
        )
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return ServiceError(
            f"{doing}: no answer ({reason})",
            hint="check the address (batchff profile show) and the network",
        )
    return ServiceError(f"{doing}: {reason}")


def _reason(error: AzureError) -> str:
    """Return the service's code and the first line of what it said."""
    code = getattr(error, "error_code", None) or getattr(
        getattr(error, "error", None), "code", None
    )
    model = getattr(error, "model", None)  # azure-batch keeps its own model of an error
    message = getattr(getattr(model, "message", None), "value", None) or error.message
    code = getattr(model, "code", None) or code
    first_line = str(message).strip().partition("\n")[0]
    return f"{code}: {first_line}" if code and str(code) not in first_line else first_line
