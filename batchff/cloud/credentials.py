"""Open clients of the services with a profile's settings: by a key, or by an identity."""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from batchff.cloud.sign_in.clouds import Cloud, cloud_at, cloud_signed_in_to
from batchff.cloud.sign_in.identity import Identities, Identity, Way
from batchff.errors import ProfileError, SignInError
from batchff.profile import Profile
from batchff.profile.keys import Service, with_scheme

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.cloud.management.account import BatchAccount
    from batchff.cloud.management.client import Management
    from batchff.cloud.storage import Storage


def open_batch(profile: Profile, identities: Identities | None = None) -> Batch:
    """Return a client of the profile's Batch account; nothing is sent yet.

    Raises ProfileError where a setting is missing.
    """
    from azure.core.credentials import AzureNamedKeyCredential  # slow to import, as the next is

    from batchff.cloud.batch import Batch

    identities = identities or Identities()
    managed = partial(find_account, profile, identities)
    endpoint = with_scheme(profile.require("batch_endpoint"))
    auth = _auth(profile, "batch")
    if _uses_key(auth, profile, "batch_key"):
        account = profile.require("batch_account")
        key = _checked_key(profile.require("batch_key"), "batch_key")
        named = AzureNamedKeyCredential(account, key)
        return Batch(endpoint, named, managed, identities.retrying)
    identity = _identity(auth, profile, endpoint, identities)
    return Batch(endpoint, identity, managed, identities.retrying)


def open_storage(profile: Profile, identities: Identities | None = None) -> Storage:
    """Return a client of the profile's storage account; nothing is sent yet.

    Raises ProfileError where a setting is missing.
    """
    from batchff.cloud.storage import Storage, connect_storage  # slow to import

    identities = identities or Identities()
    retrying = identities.retrying
    connection_string = profile.text("storage_connection_string")
    if connection_string:
        return connect_storage(connection_string, retrying)
    account = profile.require("storage_account")
    hosts = _cloud(profile).blob_hosts
    endpoint = with_scheme(profile.text("storage_endpoint") or f"{account}.{hosts}")
    auth = _auth(profile, "storage")
    if _uses_key(auth, profile, "storage_key"):
        key = _checked_key(profile.require("storage_key"), "storage_key")
        return Storage(endpoint, account, key=key, retrying=retrying)
    identity = _identity(auth, profile, endpoint, identities)
    return Storage(endpoint, account, identity=identity, retrying=retrying)


def open_management(profile: Profile, identities: Identities) -> Management | None:
    """Return the management plane of the profile's Batch account; nothing is sent yet.

    None for an account that isn't Azure's. It takes Entra ID, even where the account's services are
    signed in to by a key.
    """
    from batchff.cloud.management.client import Management

    batch = profile.text("batch_endpoint")
    cloud = cloud_at(batch) if batch else _cloud(profile)
    address = profile.text("management_endpoint") or (cloud.management if cloud else None)
    if address is None:
        return None
    auth = profile.text("auth")
    identity = _identity(None if auth == "key" else auth, profile, address, identities)
    return Management(
        identity,
        address,
        subscription=profile.text("subscription"),
        retrying=identities.retrying,
    )


def find_account(
    profile: Profile, identities: Identities
) -> tuple[Management, BatchAccount] | None:
    """Find the profile's Batch account on the management plane; None for one that isn't Azure's.

    Raises ProfileError where a setting is missing, and BatchffError where the account isn't seen.
    """
    management = open_management(profile, identities)
    if management is None:
        return None
    group = profile.text("resource_group")
    return management, management.account(profile.require("batch_account"), resource_group=group)


def signs_in_by_key(profile: Profile, service: Service) -> bool:
    """Return whether a service is signed in to with its account's key, which allows everything."""
    if service == "storage" and profile.text("storage_connection_string"):
        return True
    return _uses_key(_auth(profile, service), profile, f"{service}_key")


def credential_used(profile: Profile, service: Service, identities: Identities) -> str:
    """Return in words what signed in to a service, once it has."""
    if service == "storage" and profile.text("storage_connection_string"):
        return "the connection string's key"
    if signs_in_by_key(profile, service):
        return "the account's key"
    return f"Entra ID, {identities.of(_way(_auth(profile, service), profile)).used}"


def _auth(profile: Profile, service: Service) -> str | None:
    own = profile.text("storage_auth") if service == "storage" else None
    return own or profile.text("auth")


def _uses_key(auth: str | None, profile: Profile, key: str) -> bool:
    """Return whether to sign in with a key: as `auth` says or, without it, where there is one."""
    return auth == "key" or (auth is None and key in profile.settings)


def _identity(
    auth: str | None, profile: Profile, endpoint: str, identities: Identities
) -> Identity:
    if urlsplit(endpoint).scheme != "https":
        raise ProfileError(
            f"a token is never sent without TLS, and {endpoint} has none",
            hint="use https://, or sign in with a key",
        )
    return identities.of(_way(auth, profile))


def _way(auth: str | None, profile: Profile) -> Way:
    client_id, tenant_id = profile.text("client_id"), profile.text("tenant_id")
    return Way(auth or "entra", client_id, tenant_id, _cloud(profile))


def _cloud(profile: Profile) -> Cloud:
    """Return the cloud of the profile's accounts; for those of no cloud, the one signed in to."""
    endpoints = ("batch_endpoint", "storage_endpoint", "management_endpoint")
    found = (cloud_at(profile.text(name)) for name in endpoints)
    return next((cloud for cloud in found if cloud), cloud_signed_in_to())


def _checked_key(key: str, name: str) -> str:
    try:
        base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise SignInError(
            f"{name} isn't an account's key: it isn't base64",
            hint="copy it whole from the Azure portal, with the = signs at its end",
        ) from error
    return key
