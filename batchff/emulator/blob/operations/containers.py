"""Operations on containers."""

from __future__ import annotations

import asyncio

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.operations.paging import (
    included,
    marker_for,
    page_size,
    start_of_page,
)
from batchff.emulator.blob.protocol.conditions import Stamp, check_write
from batchff.emulator.blob.protocol.documents import blob_list
from batchff.emulator.blob.protocol.errors import (
    CONTAINER_ALREADY_EXISTS,
    HIERARCHICAL_NAMESPACE_NOT_ENABLED,
    StorageError,
)
from batchff.emulator.blob.protocol.headers import container_headers, version_headers
from batchff.emulator.blob.protocol.leases import check_lease
from batchff.emulator.blob.protocol.names import metadata_headers, metadata_of
from batchff.emulator.blob.protocol.response import Response, xml_response
from batchff.emulator.blob.store.listing import Query
from batchff.emulator.blob.store.records import Container

# A blob here has no snapshots, versions, tags, policies, holds or soft-deleted states, so a list
# without them is the right answer to whoever asks for them.
_INCLUDES = frozenset(
    {
        "metadata",
        "uncommittedblobs",
        "copy",
        "snapshots",
        "versions",
        "tags",
        "deleted",
        "deletedwithversions",
        "immutabilitypolicy",
        "legalhold",
    }
)


async def create_container(call: Call) -> Response:
    """Create Container: answer 201, or 409 where there is one."""
    created = call.store.containers.create(
        call.request.container, metadata_of(call.request.headers), call.now
    )
    if created is None:
        raise StorageError(CONTAINER_ALREADY_EXISTS)
    return Response(201, version_headers(created))


async def delete_container(call: Call) -> Response:
    """Delete Container: its name is free at once."""
    container = call.container()
    _check_lease(call, container, changes=True)
    check_write(call.request, Stamp(container.etag, container.modified))
    call.store.containers.hide(container)
    while call.store.containers.reap():
        await asyncio.sleep(0)
    return Response(202)


async def get_container_properties(call: Call) -> Response:
    """Get Container Properties: properties and metadata, as headers."""
    container = call.container()
    _check_lease(call, container, changes=False)
    return Response(200, container_headers(container, call.now))


async def get_container_metadata(call: Call) -> Response:
    """Get Container Metadata: metadata, as headers."""
    container = call.container()
    _check_lease(call, container, changes=False)
    return Response(200, version_headers(container) | metadata_headers(container.metadata))


async def set_container_metadata(call: Call) -> Response:
    """Set Container Metadata: replace all of it."""
    container = call.container()
    _check_lease(call, container, changes=False)
    check_write(call.request, Stamp(container.etag, container.modified))
    metadata = metadata_of(call.request.headers)
    return Response(
        200, version_headers(call.store.containers.set_metadata(container, metadata, call.now))
    )


async def get_access_control(call: Call) -> Response:
    """Get Properties of a path in Data Lake Storage: how SDKs ask for a hierarchical namespace."""
    call.container()
    raise StorageError(HIERARCHICAL_NAMESPACE_NOT_ENABLED)


async def list_blobs(call: Call) -> Response:
    """List Blobs: a page of a container's blobs and virtual folders."""
    request = call.request
    include = included(request, _INCLUDES)
    page = call.store.listings.page(
        call.container(),
        Query(
            prefix=request.query.get("prefix", ""),
            delimiter=request.query.get("delimiter", ""),
            start=start_of_page(request) or request.query.get("startfrom", "").encode(),
            limit=page_size(request),
            uncommitted="uncommittedblobs" in include,
        ),
    )
    return xml_response(
        blob_list(
            request.endpoint,
            request.container,
            request.query,
            page,
            marker_for(page.next_start) if page.next_start else "",
            include,
            call.now,
        )
    )


def _check_lease(call: Call, container: Container, *, changes: bool) -> None:
    """Raise 412 as a lease demands; only to delete a container it must be named."""
    check_lease(call.request, container.lease, call.now, changes=changes, of_container=True)
