"""Operations on the account's Blob service."""

from __future__ import annotations

import re
from datetime import datetime

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.operations.paging import (
    included,
    marker_for,
    page_size,
    start_of_page,
)
from batchff.emulator.blob.protocol.documents import (
    SERVICE_PROPERTIES,
    container_list,
    parse_key_info,
    user_delegation_key,
)
from batchff.emulator.blob.protocol.errors import (
    INVALID_XML_NODE_VALUE,
    StorageError,
    authentication_failed,
    invalid_header,
    invalid_parameter,
    not_implemented,
)
from batchff.emulator.blob.protocol.response import Response, xml_response
from batchff.emulator.blob.signing.delegation import (
    FIRST_VERSION,
    LONGEST,
    UserDelegationKey,
    parse_time,
)

# No container is ever kept after its deletion, and none is a system's: `deleted` and `system`
# are granted by a list without them.
_INCLUDES = frozenset({"metadata", "deleted", "system"})
_LARGEST_KEY_INFO = 16 * 1024
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


async def list_containers(call: Call) -> Response:
    """List Containers: a page of the account's containers."""
    request = call.request
    include = included(request, _INCLUDES)
    limit = page_size(request)
    try:
        start = start_of_page(request).decode()
    except UnicodeDecodeError:
        raise invalid_parameter("marker", request.query["marker"]) from None
    found = call.store.containers.list(request.query.get("prefix", ""), start, limit + 1)
    marker = marker_for(found[limit].name.encode()) if len(found) > limit else ""
    return xml_response(
        container_list(
            request.endpoint,
            request.query,
            found[:limit],
            marker,
            include,
            call.now,
        )
    )


async def get_blob_service_properties(call: Call) -> Response:
    """Get Blob Service Properties: always the same ones."""
    return xml_response(SERVICE_PROPERTIES)


async def get_user_delegation_key(call: Call) -> Response:
    """Get User Delegation Key: for who signed in with a token."""
    principal = call.authorization.principal
    if principal is None:
        raise authentication_failed("Only authentication scheme Bearer is supported")
    version = call.request.headers.get("x-ms-version", "")
    if not _VERSION.fullmatch(version) or version < FIRST_VERSION:
        raise invalid_header("x-ms-version", version)
    asked = parse_key_info(await call.request.read(_LARGEST_KEY_INFO))
    if unknown := asked.keys() - {"Start", "Expiry"}:
        raise not_implemented(f"a user delegation key with {min(unknown)}")
    latest = call.clock() + LONGEST
    start, expiry = (_time(asked, name, latest) for name in ("Start", "Expiry"))
    if not (start < expiry and call.clock() < expiry):
        raise _bad_node("Expiry", asked["Expiry"], "It must be after the start, and to come")
    key = UserDelegationKey(principal, start, expiry, version)
    return xml_response(user_delegation_key(key.fields(), key.value(call.account)))


def _time(asked: dict[str, str], name: str, latest: datetime) -> datetime:
    time = parse_time(asked.get(name, ""))
    if time is None:
        raise _bad_node(name, asked.get(name, ""), "It must be a time")
    if time > latest:
        raise _bad_node(name, asked[name], f"It must be within {LONGEST.days} days from now")
    return time.replace(microsecond=0)


def _bad_node(name: str, value: str, reason: str) -> StorageError:
    details = {"XmlNodeName": name, "XmlNodeValue": value, "Reason": reason}
    return StorageError(INVALID_XML_NODE_VALUE, details)


async def get_account_information(call: Call) -> Response:
    """Get Account Information: kind and redundancy, always the same."""
    return Response(
        200,
        {
            "x-ms-sku-name": "Standard_LRS",
            "x-ms-account-kind": "StorageV2",
            "x-ms-is-hns-enabled": "false",
        },
    )
