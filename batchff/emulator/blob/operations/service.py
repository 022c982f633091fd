"""Operations on the account's Blob service."""

from __future__ import annotations

from batchff.emulator.blob.call import Call
from batchff.emulator.blob.documents import SERVICE_PROPERTIES, container_list
from batchff.emulator.blob.errors import invalid_parameter
from batchff.emulator.blob.operations.paging import (
    included,
    marker_for,
    page_size,
    start_of_page,
)
from batchff.emulator.blob.response import Response, xml_response

# No container is ever kept after its deletion, and none is a system's: `deleted` and `system`
# are granted by a list without them.
_INCLUDES = frozenset({"metadata", "deleted", "system"})


async def list_containers(call: Call) -> Response:
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
        )
    )


async def get_blob_service_properties(call: Call) -> Response:
    return xml_response(SERVICE_PROPERTIES)


async def get_account_information(call: Call) -> Response:
    return Response(
        200,
        {
            "x-ms-sku-name": "Standard_LRS",
            "x-ms-account-kind": "StorageV2",
            "x-ms-is-hns-enabled": "false",
        },
    )
