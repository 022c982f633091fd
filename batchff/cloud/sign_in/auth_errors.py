"""Why a service refused a request, by its own code, and what to do about it.

The codes are those of "Troubleshoot 403 errors in Azure Blob Storage", of "Batch Status and Error
Codes" and of "Common Azure Resource Manager errors". AuthenticationFailed has many causes; the
answer's AuthenticationErrorDetail says which. It's never shown: it may quote what was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchff.errors import NotAllowedError, SignInError

_ROLES = (
    "who is signed in needs the roles Azure Batch Data Contributor, Storage Blob Data Contributor "
    "and Storage Blob Delegator; new ones hold after some minutes"
)
_KEY = "check the account and its key: batchff profile show"
_NETWORK = (
    "most likely the account's network rules: let this machine's address in (portal: Networking), "
    "or go by a network that they let in"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was wrong, in words that follow on what was tried, and what to do."""

    what: str
    hint: str


_BY_CODE: Mapping[str, Refusal] = {
    "AccountIsDisabled": Refusal(
        "the account is disabled", "see its state and its subscription's in the portal"
    ),
    "InsufficientAccountPermissions": Refusal(
        "the account can't do that now", "see its state and its subscription's in the portal"
    ),
    "KeyBasedAuthenticationNotPermitted": Refusal(
        "the storage account takes no keys",
        "sign in to it with Entra ID: storage_auth=entra and storage_account in the profile, and "
        "no connection string",
    ),
    "RequestDisallowedByPolicy": Refusal(
        "a policy of the subscription doesn't allow it", "ask who keeps its policies"
    ),
}

_ON_THE_MANAGEMENT_PLANE: Mapping[str, str] = {
    "AuthorizationFailed": "who is signed in needs a role on the Batch account: Reader to see it, "
    "Contributor to make a pool with an identity; new ones hold after some minutes",
    "LinkedAuthorizationFailed": "who is signed in also needs a role on what the pool is linked "
    "with, such as Managed Identity Operator on its identity",
}

_BY_DETAIL: tuple[tuple[str, Refusal], ...] = (
    (
        "when external resources",
        Refusal(
            "with a key, no pool can be linked to a network",
            "sign in with Entra ID: auth=entra in the profile",
        ),
    ),
    (
        "SharedKey is not allowed",
        Refusal(
            "the Batch account takes no keys", "sign in with Entra ID: auth=entra in the profile"
        ),
    ),
    (
        "issuer",
        Refusal(
            "the token is of another tenant than the account",
            "set tenant_id to the account's tenant, or sign in there: az login --tenant TENANT",
        ),
    ),
    (
        "audience",
        Refusal(
            "the token is for another service or cloud",
            "check batch_endpoint and storage_endpoint: their domains say which cloud it is",
        ),
    ),
    (
        "lifetime",
        Refusal("the token isn't valid now", "check this machine's clock; then sign in anew"),
    ),
)

_NOT_AUTHENTICATED = ("AuthenticationFailed", "InvalidAuthenticationInfo")
_OTHER_TENANT = "InvalidAuthenticationTokenTenant"


def refusal(
    status: int, reason: str, doing: str, code: str, detail: str, *, by_token: bool
) -> SignInError:
    """Return the error for a 401 or 403; `detail` is its AuthenticationErrorDetail.

    NotAllowedError means that a role is missing.
    """
    known = _BY_CODE.get(code) or _detailed(detail or ("issuer" if code == _OTHER_TENANT else ""))
    if known:
        return SignInError(f"{doing}: {known.what} ({reason})", hint=known.hint)
    if by_token and (status == 401 or code in _NOT_AUTHENTICATED):
        return SignInError(
            f"{doing}: the service doesn't accept the token ({reason})",
            hint="check this machine's clock, and that tenant_id is the account's tenant: "
            "batchff profile show",
        )
    # Azurite has this code for a wrong key as well, in the words of AuthenticationFailed.
    if code == "AuthorizationFailure" and "failed to authenticate" not in reason:
        # Storage says so of network rules; what else Batch may mean by it isn't documented.
        hint = f"{_NETWORK}; if it isn't that: {_ROLES}" if by_token else _NETWORK
        return SignInError(f"{doing}: the service doesn't allow it ({reason})", hint=hint)
    if by_token:
        hint = _ON_THE_MANAGEMENT_PLANE.get(code, _ROLES)
        return NotAllowedError(f"{doing}: the service doesn't allow it ({reason})", hint=hint)
    return SignInError(f"{doing}: the service refused the credentials ({reason})", hint=_KEY)


def _detailed(detail: str) -> Refusal | None:
    said = detail.lower()
    return next((found for words, found in _BY_DETAIL if words.lower() in said), None)
