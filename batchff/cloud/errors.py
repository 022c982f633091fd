"""Translate the services' errors into batchff's, with what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchff.cloud.http.failures import failure_in
from batchff.cloud.http.foreign_answers import unusable
from batchff.cloud.http.retry_policies import PASSING
from batchff.cloud.sign_in.auth_errors import refusal
from batchff.errors import BatchffError, NotFoundError, ServiceError, UnreachableError

if TYPE_CHECKING:
    from azure.batch.models import BatchError
    from azure.core.exceptions import AzureError

_KEPT = (
    "a legal hold or an immutability policy keeps it: wait for its end or have it lifted, "
    "then give the command again"
)
_LATER = "the service is busy or fails: give the command again later"
_HINTS = {
    "BlobImmutableDueToLegalHold": _KEPT,
    "BlobImmutableDueToPolicy": _KEPT,
    "ContainerHasLegalHold": _KEPT,
    "ContainerImmutabilityPolicyLocked": _KEPT,
    # azure-sdk-for-python issue 22255: whatever is in it, only the management plane deletes it.
    "ContainerImmutableStorageWithVersioningEnabled": (
        "delete it in the Azure portal, or with: az storage container-rm delete"
    ),
}

_DETAIL = "AuthenticationErrorDetail"

FILE_IS_NOT_THERE = (404, 409, 416)
"""The statuses for a node's file: no such file; a node that is gone or leaving; an empty file."""


@contextmanager
def expected_errors(doing: str) -> Iterator[None]:
    """Turn what Azure's packages raise into BatchffError; `doing` says what was tried."""
    from azure.core.exceptions import AzureError  # slow to import, as the next is

    try:
        yield
    except AzureError as error:
        raise translated(error, doing) from error


def translated(error: AzureError, doing: str) -> BatchffError:
    """Return the error of ours that says what one of Azure's means."""
    from azure.core.exceptions import (
        ClientAuthenticationError,
        DecodeError,
        HttpResponseError,
        ResourceNotFoundError,
    )

    from batchff.cloud.http.sdk_retries import ForeignAnswer

    reason = _reason(error)
    if failure := failure_in(error):
        return unreachable(str(failure), doing)
    if isinstance(error, ForeignAnswer | DecodeError):
        return unusable(reason, doing)
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if isinstance(error, ResourceNotFoundError):
        status = 404
    elif isinstance(error, ClientAuthenticationError):
        status = status or 401
    code, detail = error_code(error), _authentication_detail(error)
    return refused(status, reason, doing, code, detail, by_token=_used_token(error))


def refused(
    status: int | None,
    reason: str,
    doing: str,
    code: str = "",
    detail: str = "",
    *,
    by_token: bool = False,
) -> BatchffError:
    """Return the error that an answer's status means; `code` is the service's own.

    `detail` is what it says as its AuthenticationErrorDetail.
    """
    if status == 404:
        return NotFoundError(f"{doing}: {reason}", code=code)
    if status in (401, 403):
        return refusal(status, reason, doing, code, detail, by_token=by_token)
    hint = _HINTS.get(code, _LATER if status in PASSING else "")
    return ServiceError(f"{doing}: {reason}", code=code, hint=hint)


def unreachable(reason: str, doing: str) -> UnreachableError:
    """Return the error for a service that didn't answer."""
    hint = "check the address (batchff profile show) and the network"
    if reason.startswith("TLS: "):
        hint = (
            "check the address (batchff profile show), this machine's clock and whom it trusts "
            "(REQUESTS_CA_BUNDLE)"
        )
    return UnreachableError(f"{doing}: no answer ({reason})", hint=hint)


def _used_token(error: AzureError) -> bool:
    request = getattr(getattr(error, "response", None), "request", None)
    return str(getattr(request, "headers", {}).get("Authorization")).startswith("Bearer ")


def reason_of(model: BatchError | None, code: str, otherwise: str = "") -> str:
    """Return a code, the first line of what the Batch service said, and of which property."""
    message = getattr(getattr(model, "message", None), "value", None) or otherwise
    first_line = str(message).strip().partition("\n")[0]
    # A value may hold a secret; the property's name doesn't.
    details = {detail.key: detail.value for detail in getattr(model, "error_values", None) or ()}
    which = [value for key in ("PropertyName", "Reason") if (value := details.get(key))]
    reason = f"{first_line} ({': '.join(which)})" if which else first_line
    return f"{code}: {reason}" if code and reason else code or reason


def _authentication_detail(error: AzureError) -> str:
    # azure-batch has it in its model's values, azure-storage-blob here, in lower case.
    values = getattr(getattr(error, "model", None), "error_values", None) or ()
    found = {value.key: value.value for value in values}
    found |= getattr(error, "additional_info", None) or {}
    return str(found.get(_DETAIL) or found.get(_DETAIL.lower()) or "")


def _reason(error: AzureError) -> str:
    said = getattr(_of_management(error), "message", None) or error.message
    return reason_of(getattr(error, "model", None), error_code(error), said)


def error_code(error: AzureError) -> str:
    """Return the service's code of what went wrong, or nothing where it gave none."""
    # azure-batch keeps a model of the error's body, azure-storage-blob a code of its own.
    models = (getattr(error, "model", None), _of_management(error))
    codes = (
        *(getattr(model, "code", None) for model in models),
        getattr(error, "error_code", None),
    )
    code = next((code for code in codes if code), "")
    return str(getattr(code, "value", code))


def _of_management(error: AzureError) -> object:
    return getattr(error, "error", None)
