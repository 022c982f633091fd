"""Sign-in: from a profile's settings to clients of the two services."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from batchff.errors import ProfileError, SignInError
from batchff.profile import Profile

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from batchff.cloud.batch import Batch
    from batchff.cloud.storage import Storage


def open_batch(profile: Profile) -> Batch:
    """Return a client of the profile's Batch account; nothing is sent yet.

    Raises ProfileError where a setting is missing.
    """
    from azure.core.credentials import AzureNamedKeyCredential  # slow to import, as the next is

    from batchff.cloud.batch import Batch

    endpoint = _with_scheme(profile.require("batch_endpoint"))
    if _uses_keys(profile, "batch_key"):
        account = profile.require("batch_account")
        key = _checked_key(profile.require("batch_key"), "batch_key")
        return Batch(endpoint, AzureNamedKeyCredential(account, key))
    _require_tls(endpoint)
    return Batch(endpoint, _token_credential())


def open_storage(profile: Profile) -> Storage:
    """Return a client of the profile's storage account; nothing is sent yet.

    Raises ProfileError where a setting is missing.
    """
    from batchff.cloud.storage import Storage, connect_storage  # slow to import

    connection_string = profile.text("storage_connection_string")
    if connection_string:
        return connect_storage(connection_string)
    account = profile.require("storage_account")
    endpoint = _with_scheme(profile.text("storage_endpoint") or f"{account}.blob.core.windows.net")
    if _uses_keys(profile, "storage_key"):
        key = _checked_key(profile.require("storage_key"), "storage_key")
        return Storage(endpoint, account, key=key)
    _require_tls(endpoint)
    return Storage(endpoint, account, credential=_token_credential())


def _uses_keys(profile: Profile, key: str) -> bool:
    """Say whether to sign in with a key: as `auth` says or, without it, where there is one."""
    auth = profile.text("auth")
    return auth == "key" or (auth is None and profile.text(key) is not None)


def _token_credential() -> TokenCredential:
    from azure.identity import DefaultAzureCredential  # slow to import, and often not needed

    return DefaultAzureCredential()


def _checked_key(key: str, name: str) -> str:
    try:
        base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise SignInError(
            f"{name} isn't an account's key: it isn't base64",
            hint="copy it whole from the Azure portal, with the = signs at its end",
        ) from error
    return key


def _with_scheme(endpoint: str) -> str:
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def _require_tls(endpoint: str) -> None:
    if urlsplit(endpoint).scheme != "https":
        raise ProfileError(
            f"a token is never sent without TLS, and {endpoint} has none",
            hint="use https://, or sign in with a key",
        )
