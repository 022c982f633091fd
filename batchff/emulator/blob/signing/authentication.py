"""Who sent a request, and what it may do; checked before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from batchff.emulator.blob.protocol.errors import (
    AUTHORIZATION_PERMISSION_MISMATCH,
    AUTHORIZATION_RESOURCE_TYPE_MISMATCH,
    INVALID_AUTHENTICATION_INFO,
    NO_AUTHENTICATION_INFORMATION,
    Kind,
    StorageError,
    authentication_failed,
)
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.signing.sas import verify_sas
from batchff.emulator.blob.signing.shared_key import verify_shared_key
from batchff.emulator.entra_tokens import Principal, TokenRefused, Tokens
from batchff.emulator.root import Account

_RESOURCE = "https://storage.azure.com"
_CHALLENGE = (
    "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize"
    f" resource_id={_RESOURCE}"
)
_FIRST_VERSION_WITH_TOKENS = "2017-11-09"


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
    """A proven sender: by the account's key, by a token, or by a SAS with these permissions."""

    shared_key: bool = False
    principal: Principal | None = None
    """Whom the token is for; it is taken to have all roles for data."""
    resource_types: str = ""
    service_resource: str = ""
    permissions: str = ""

    def require(self, grant: Grant) -> None:
        """Raise a 403 unless the sender may do what needs this grant."""
        if self._owns_all:
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
        return self._owns_all or "w" in self.permissions

    @property
    def _owns_all(self) -> bool:
        return self.shared_key or self.principal is not None


def authenticate(
    request: Request, account: Account, now: datetime, tokens: Tokens | None = None
) -> Authorization:
    """Prove who sent the request, or raise a 403; where tokens are accepted, 401 asks for one."""
    if "authorization" in request.headers:
        scheme, _, credential = request.headers["authorization"].partition(" ")
        if scheme.lower() == "bearer" and tokens is not None:
            return _by_token(request, account, credential.strip(), tokens, now)
        verify_shared_key(request, account, now)
        return Authorization(shared_key=True)
    if "sig" in request.query:
        verify_sas(request, account, now)
        query = request.query
        return Authorization(
            resource_types=query.get("srt", ""),
            service_resource="" if "srt" in query else query["sr"],
            permissions=query.get("sp", ""),
        )
    if tokens is not None:
        raise _unauthorized(NO_AUTHENTICATION_INFORMATION)
    raise authentication_failed("The request has neither an Authorization header nor a SAS.")


def _by_token(
    request: Request, account: Account, token: str, tokens: Tokens, now: datetime
) -> Authorization:
    if request.version < _FIRST_VERSION_WITH_TOKENS:
        raise authentication_failed(
            f"Tokens are accepted with an x-ms-version of {_FIRST_VERSION_WITH_TOKENS} or later."
        )
    if request.account != account.name:
        raise authentication_failed("The account is not this one.")
    try:
        return Authorization(principal=tokens.principal(token, _RESOURCE, now))
    except TokenRefused as error:
        raise _unauthorized(INVALID_AUTHENTICATION_INFO, str(error)) from None


def _unauthorized(kind: Kind, detail: str = "") -> StorageError:
    """Refuse, and say who issues tokens, as clients expect it."""
    details = {"AuthenticationErrorDetail": detail} if detail else {}
    return StorageError(kind, details, {"www-authenticate": _CHALLENGE})
