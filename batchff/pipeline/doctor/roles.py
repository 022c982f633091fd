"""Check whether the sign-in allows what a submit does, without doing it.

The roles are those of "Azure built-in roles"; the operations are in their definitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from batchff.cloud.management.account import Permission
from batchff.pipeline.doctor.check import Check, failure, ok, warning
from batchff.pipeline.doctor.services import Service

_POOLS = "Microsoft.Batch/batchAccounts/pools/write"
_JOBS = "Microsoft.Batch/batchAccounts/jobs/write"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
_DELEGATION = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"

_NEEDED = {"Batch": (_POOLS, _JOBS), "storage": (_BLOBS, _DELEGATION)}
_ROLES = {
    "Batch": "Azure Batch Data Contributor",
    "storage": "Storage Blob Data Contributor",
}


def check_role(service: Service, permissions: Iterable[Permission] | None) -> Check:
    """Check what a service allowed to read and, where permissions are known, to write."""
    name = f"role: {service.name}"
    role = _ROLES[service.name]
    advice = (
        f"az role assignment create --role '{role}' --assignee YOU --scope ACCOUNT'S-ID; "
        "it holds after some minutes"
    )
    if service.refusal is not None:
        return failure(name, service.refusal.message, advice)
    if service.by_key:
        return ok(name, "none is needed: an account's key may do everything")
    if permissions is None:
        return ok(name, "reading is allowed; writing isn't tried, as that would make something")
    known = tuple(permissions)
    missing = [needed for needed in _NEEDED[service.name] if not _allows(known, needed)]
    if missing:
        return warning(name, f"no role of yours has {' and '.join(missing)}", advice)
    return ok(name, "reading is allowed, and by its roles writing as well")


def _allows(permissions: Iterable[Permission], operation: str) -> bool:
    """Return whether one of the roles allows an operation on the account or on its data."""
    return any(
        (_matches(operation, role.actions) and not _matches(operation, role.not_actions))
        or (
            _matches(operation, role.data_actions)
            and not _matches(operation, role.not_data_actions)
        )
        for role in permissions
    )


def _matches(operation: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(operation.lower(), pattern.lower()) for pattern in patterns)
