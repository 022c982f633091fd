"""Which request is which operation: the whole Blob REST interface, supported or not.

After "Operations on the account", "on containers" and "on blobs" of the Blob service REST API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from batchff.emulator.blob import catalogue
from batchff.emulator.blob.operations.call import Handler, Operation
from batchff.emulator.blob.protocol import conditions
from batchff.emulator.blob.protocol.errors import (
    CONDITION_HEADERS_NOT_SUPPORTED,
    UNSUPPORTED_HTTP_VERB,
    StorageError,
    invalid_parameter,
    missing_header,
    not_implemented,
)
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.signing.authentication import Authorization
from batchff.emulator.blob.signing.sas import PARAMETERS, RESPONSE_HEADERS

_COMMON_PARAMETERS = PARAMETERS | {"comp", "restype", "timeout", "api-version"}
_COMMON_HEADERS = frozenset(
    {
        "x-ms-date",
        "x-ms-version",
        "x-ms-client-request-id",
        "x-ms-return-client-request-id",
        "x-ms-useragent",
    }
)


class Level(Enum):
    """What a URL names."""

    SERVICE = "service"
    CONTAINER = "container"
    BLOB = "blob"


@dataclass(frozen=True, slots=True)
class Route:
    """A request's shape, and the operation that it asks for.

    Of several with one shape, the first wins whose headers the request has, with those values;
    azure-storage-blob writes `True`.
    """

    method: str
    level: Level
    restype: str
    comp: str
    operation: Operation
    having: Mapping[str, str] = field(default_factory=dict)

    def fits(self, request: Request) -> bool:
        """Tell whether a request has the headers that this route asks for."""
        return all(
            name in request.headers and value.lower() in (ANY, request.headers[name].lower())
            for name, value in self.having.items()
        )


def _refused(name: str) -> Operation:
    return Operation(name)


ANY = "*"
_TYPE, _SOURCE = "x-ms-blob-type", "x-ms-copy-source"
_S, _C, _B = Level.SERVICE, Level.CONTAINER, Level.BLOB
ROUTES = (
    Route("GET", _S, "", "list", catalogue.LIST_CONTAINERS),
    Route("GET", _S, "", "blobs", _refused("Find Blobs by Tags")),
    Route("POST", _S, "", "batch", catalogue.BLOB_BATCH),
    Route("GET", _S, "service", "properties", catalogue.GET_BLOB_SERVICE_PROPERTIES),
    Route("PUT", _S, "service", "properties", _refused("Set Blob Service Properties")),
    Route("GET", _S, "service", "stats", _refused("Get Blob Service Stats")),
    Route("POST", _S, "service", "userdelegationkey", catalogue.GET_USER_DELEGATION_KEY),
    *(
        Route(method, level, "account", "properties", catalogue.GET_ACCOUNT_INFORMATION)
        for method in ("GET", "HEAD")
        for level in Level
    ),
    *(Route("OPTIONS", level, "", "", _refused("Preflight Blob Request")) for level in Level),
    Route("PUT", _C, "container", "", catalogue.CREATE_CONTAINER),
    Route("GET", _C, "container", "", catalogue.GET_CONTAINER_PROPERTIES),
    Route("HEAD", _C, "container", "", catalogue.GET_CONTAINER_PROPERTIES),
    Route("DELETE", _C, "container", "", catalogue.DELETE_CONTAINER),
    Route("GET", _C, "container", "metadata", catalogue.GET_CONTAINER_METADATA),
    Route("HEAD", _C, "container", "metadata", catalogue.GET_CONTAINER_METADATA),
    Route("PUT", _C, "container", "metadata", catalogue.SET_CONTAINER_METADATA),
    Route("GET", _C, "container", "list", catalogue.LIST_BLOBS),
    Route("GET", _C, "container", "acl", _refused("Get Container ACL")),
    Route("HEAD", _C, "container", "acl", _refused("Get Container ACL")),
    Route("PUT", _C, "container", "acl", _refused("Set Container ACL")),
    Route("PUT", _C, "container", "lease", catalogue.LEASE_CONTAINER),
    Route("PUT", _C, "container", "undelete", _refused("Restore Container")),
    Route("PUT", _C, "container", "rename", _refused("Rename Container")),
    Route("GET", _C, "container", "blobs", _refused("Find Blobs by Tags in Container")),
    Route("POST", _C, "container", "batch", catalogue.BLOB_BATCH),
    Route("GET", _B, "", "", catalogue.GET_BLOB),
    Route("HEAD", _B, "", "", catalogue.GET_BLOB_PROPERTIES),
    Route("DELETE", _B, "", "", catalogue.DELETE_BLOB),
    Route("PUT", _B, "", "", catalogue.COPY_BLOB_FROM_URL, {"x-ms-requires-sync": "true"}),
    Route("PUT", _B, "", "", _refused("Put Blob (page blob)"), {_TYPE: "PageBlob"}),
    Route("PUT", _B, "", "", catalogue.PUT_APPEND_BLOB, {_TYPE: "AppendBlob"}),
    Route("PUT", _B, "", "", catalogue.PUT_BLOB_FROM_URL, {_TYPE: "BlockBlob", _SOURCE: ANY}),
    Route("PUT", _B, "", "", catalogue.PUT_BLOB, {_TYPE: "BlockBlob"}),
    Route("PUT", _B, "", "", catalogue.COPY_BLOB, {_SOURCE: ANY}),
    Route("PUT", _B, "", "block", catalogue.PUT_BLOCK_FROM_URL, {_SOURCE: ANY}),
    Route("PUT", _B, "", "block", catalogue.PUT_BLOCK),
    Route("PUT", _B, "", "blocklist", catalogue.PUT_BLOCK_LIST),
    Route("GET", _B, "", "blocklist", catalogue.GET_BLOCK_LIST),
    Route("PUT", _B, "", "properties", catalogue.SET_BLOB_PROPERTIES),
    Route("GET", _B, "", "metadata", catalogue.GET_BLOB_METADATA),
    Route("HEAD", _B, "", "metadata", catalogue.GET_BLOB_METADATA),
    Route("PUT", _B, "", "metadata", catalogue.SET_BLOB_METADATA),
    Route("PUT", _B, "", "lease", catalogue.LEASE_BLOB),
    Route("PUT", _B, "", "snapshot", _refused("Snapshot Blob")),
    Route("PUT", _B, "", "undelete", _refused("Undelete Blob")),
    Route("PUT", _B, "", "copy", _refused("Abort Copy Blob")),
    Route("PUT", _B, "", "tier", catalogue.SET_BLOB_TIER),
    Route("GET", _B, "", "tags", _refused("Get Blob Tags")),
    Route("PUT", _B, "", "tags", _refused("Set Blob Tags")),
    Route("PUT", _B, "", "expiry", _refused("Set Blob Expiry")),
    Route("PUT", _B, "", "immutabilitypolicies", _refused("Set Blob Immutability Policy")),
    Route("DELETE", _B, "", "immutabilitypolicies", _refused("Delete Blob Immutability Policy")),
    Route("PUT", _B, "", "legalhold", _refused("Set Blob Legal Hold")),
    Route("POST", _B, "", "query", _refused("Query Blob Contents")),
    Route("PUT", _B, "", "appendblock", catalogue.APPEND_BLOCK),
    Route("PUT", _B, "", "seal", _refused("Append Blob Seal")),
    Route("PUT", _B, "", "page", _refused("Put Page")),
    Route("GET", _B, "", "pagelist", _refused("Get Page Ranges")),
    Route("PUT", _B, "", "incrementalcopy", _refused("Incremental Copy Blob")),
)

_BY_SHAPE: dict[tuple[str, Level, str, str], list[Route]] = {}
for _route in ROUTES:
    _BY_SHAPE.setdefault((_route.method, _route.level, _route.restype, _route.comp), []).append(
        _route
    )


def find_handler(request: Request, authorization: Authorization) -> Handler:
    """The function that does what a request asks for, if its sender may and the service can.

    StorageError otherwise: 501 by name, or 403.
    """
    operation = _operation(request)
    if operation.run is None:
        raise not_implemented(operation.name)
    authorization.require(operation.grant)
    _check_understood(request, authorization, operation)
    return operation.run


def _operation(request: Request) -> Operation:
    if request.method == "HEAD" and request.query.get("action", "").lower() == "getaccesscontrol":
        return catalogue.GET_ACCESS_CONTROL
    level = Level.BLOB if request.blob else Level.CONTAINER if request.container else Level.SERVICE
    restype = request.query.get("restype", "").lower()
    comp = request.query.get("comp", "").lower()
    candidates = _BY_SHAPE.get((request.method, level, restype, comp), [])
    for route in candidates:
        if route.fits(request):
            return route.operation
    if candidates:
        raise missing_header(_TYPE)
    if level is Level.CONTAINER and not restype:
        raise not_implemented("blobs in the root container")
    if any((r.level, r.restype, r.comp) == (level, restype, comp) for r in ROUTES):
        raise StorageError(UNSUPPORTED_HTTP_VERB)
    raise invalid_parameter("comp", comp)


def _check_understood(request: Request, authorization: Authorization, operation: Operation) -> None:
    """Refuse what would be ignored: a header or parameter that this operation doesn't know."""
    parameters = _COMMON_PARAMETERS | operation.parameters
    if authorization.service_resource:
        parameters |= RESPONSE_HEADERS.keys()
    if unknown := request.query.keys() - parameters:
        raise not_implemented(f"{operation.name} with the parameter {min(unknown)}")
    unknown = {
        name
        for name in request.headers
        if name.startswith("x-ms-")
        and name not in _COMMON_HEADERS
        and name not in operation.headers
        and not (operation.metadata and name.startswith("x-ms-meta-"))
    }
    if unknown:
        raise not_implemented(f"{operation.name} with the header {min(unknown)}")
    if conditions.ALL & request.headers.keys() - operation.conditions:
        raise StorageError(CONDITION_HEADERS_NOT_SUPPORTED)
