"""Who sent a request, and what that lets it do. Nothing else is looked at before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from batchff.emulator.blob.errors import (
    AUTHORIZATION_PERMISSION_MISMATCH,
    AUTHORIZATION_RESOURCE_TYPE_MISMATCH,
    StorageError,
    authentication_failed,
)
from batchff.emulator.blob.request import Request
from batchff.emulator.blob.sas import verify_sas
from batchff.emulator.blob.shared_key import verify_shared_key
from batchff.emulator.root import Account


@dataclass(frozen=True, slots=True)
class Grant:
    """What a SAS must permit for an operation: any one of `letters`.

    `kind` is the account SAS's resource type: s(ervice), c(ontainer), o(bject), or empty for any.
    `service_sas` is what kinds of service SAS can permit it: b(lob), c(ontainer), both or none.
    """

    kind: str
    letters: str
    service_sas: str = ""


READ = Grant("o", "r", service_sas="bc")


@dataclass(frozen=True, slots=True)
class Authorization:
    """A proven sender: by the account's key, or by a SAS with these permissions."""

    shared_key: bool
    resource_types: str = ""
    service_resource: str = ""
    permissions: str = ""

    def require(self, grant: Grant) -> None:
        """Raise a 403 unless the sender may do what needs this grant."""
        if self.shared_key:
            return
        if self.service_resource:
            allowed = self.service_resource in grant.service_sas
        elif grant.kind in self.resource_types:
            allowed = True
        else:
            raise StorageError(AUTHORIZATION_RESOURCE_TYPE_MISMATCH)
        if not (allowed and set(grant.letters) & set(self.permissions)):
            raise StorageError(AUTHORIZATION_PERMISSION_MISMATCH)

    @property
    def may_overwrite(self) -> bool:
        """Whether a write may replace a blob; `create` alone only lets new ones be made."""
        return self.shared_key or "w" in self.permissions


def authenticate(request: Request, account: Account, now: datetime) -> Authorization:
    """Prove who sent the request, or raise a 403."""
    if "authorization" in request.headers:
        verify_shared_key(request, account, now)
        return Authorization(shared_key=True)
    if "sig" in request.query:
        verify_sas(request, account, now)
        query = request.query
        return Authorization(
            shared_key=False,
            resource_types=query.get("srt", ""),
            service_resource="" if "srt" in query else query["sr"],
            permissions=query.get("sp", ""),
        )
    raise authentication_failed("The request has neither an Authorization header nor a SAS.")
