"""The operations of the Blob REST interface that this service has, under Microsoft's names.

The grants are those of "Create an account SAS" and "Create a service SAS".
"""

from __future__ import annotations

from batchff.emulator.blob.operations import (
    append_blobs,
    batches,
    blobs,
    block_blobs,
    containers,
    copies,
    leases,
    service,
)
from batchff.emulator.blob.operations.call import Operation
from batchff.emulator.blob.protocol import conditions
from batchff.emulator.blob.protocol.headers import PROPERTIES, TIER
from batchff.emulator.blob.protocol.leases import LEASE_ID
from batchff.emulator.blob.signing.authentication import READ, Grant

_WRITE = Grant("o", "w", service_sas="bc")
_MAKE = Grant("o", "cw", service_sas="bc")
_LEASE = frozenset({LEASE_ID})
_MADE_WITH = PROPERTIES | {TIER, LEASE_ID}

LIST_CONTAINERS = Operation(
    "List Containers",
    service.list_containers,
    Grant("s", "l"),
    parameters=frozenset({"prefix", "marker", "maxresults", "include"}),
)
GET_BLOB_SERVICE_PROPERTIES = Operation(
    "Get Blob Service Properties", service.get_blob_service_properties, Grant("s", "r")
)
GET_USER_DELEGATION_KEY = Operation("Get User Delegation Key", service.get_user_delegation_key)
GET_ACCOUNT_INFORMATION = Operation(
    "Get Account Information",
    service.get_account_information,
    Grant("", "racwdlup", service_sas="bc"),
)
BLOB_BATCH = Operation(
    # Each request in it needs a grant of its own.
    "Blob Batch",
    batches.blob_batch,
    Grant("", "racwdlup", service_sas="bc"),
)
CREATE_CONTAINER = Operation(
    "Create Container", containers.create_container, Grant("c", "cw"), metadata=True
)
GET_CONTAINER_PROPERTIES = Operation(
    "Get Container Properties",
    containers.get_container_properties,
    Grant("c", "r"),
    headers=_LEASE,
)
GET_CONTAINER_METADATA = Operation(
    "Get Container Metadata", containers.get_container_metadata, Grant("c", "r"), headers=_LEASE
)
SET_CONTAINER_METADATA = Operation(
    "Set Container Metadata",
    containers.set_container_metadata,
    Grant("c", "w"),
    conditions=frozenset({"if-modified-since"}),
    metadata=True,
    headers=_LEASE,
)
DELETE_CONTAINER = Operation(
    "Delete Container",
    containers.delete_container,
    Grant("c", "d"),
    conditions=conditions.DATES,
    headers=_LEASE,
)
GET_ACCESS_CONTROL = Operation(
    "Get Properties of a path",
    containers.get_access_control,
    Grant("c", "rl", service_sas="c"),
    parameters=frozenset({"action", "upn"}),
)
LIST_BLOBS = Operation(
    "List Blobs",
    containers.list_blobs,
    Grant("c", "l", service_sas="c"),
    parameters=frozenset({"prefix", "delimiter", "marker", "maxresults", "include", "startfrom"}),
)
PUT_BLOB = Operation(
    "Put Blob",
    block_blobs.put_blob,
    _MAKE,
    headers=_MADE_WITH | {"x-ms-blob-type"},
    conditions=conditions.ALL,
    metadata=True,
)
PUT_APPEND_BLOB = Operation(
    "Put Blob (append blob)",
    append_blobs.put_append_blob,
    _MAKE,
    headers=PROPERTIES | {"x-ms-blob-type", LEASE_ID},
    conditions=conditions.ALL,
    metadata=True,
)
APPEND_BLOCK = Operation(
    "Append Block",
    append_blobs.append_block,
    Grant("o", "aw", service_sas="bc"),
    headers=frozenset({append_blobs.MAX_SIZE, append_blobs.POSITION, LEASE_ID}),
    conditions=conditions.ALL,
    # As with blocks, SDKs send what the blob's metadata is.
    metadata=True,
)
PUT_BLOCK = Operation(
    "Put Block",
    block_blobs.put_block,
    _WRITE,
    parameters=frozenset({"blockid"}),
    # azure-storage-blob sends a blob's metadata with each of its blocks; the service ignores it.
    metadata=True,
    headers=_LEASE,
)
PUT_BLOCK_LIST = Operation(
    "Put Block List",
    block_blobs.put_block_list,
    _MAKE,
    headers=_MADE_WITH,
    conditions=conditions.ALL,
    metadata=True,
)
GET_BLOCK_LIST = Operation(
    "Get Block List",
    block_blobs.get_block_list,
    READ,
    parameters=frozenset({"blocklisttype"}),
    headers=_LEASE,
)
GET_BLOB = Operation(
    "Get Blob",
    blobs.get_blob,
    READ,
    headers=frozenset({LEASE_ID, "x-ms-range", "x-ms-range-get-content-md5"}),
    conditions=conditions.ALL,
)
GET_BLOB_PROPERTIES = Operation(
    "Get Blob Properties",
    blobs.get_blob_properties,
    READ,
    headers=_LEASE,
    conditions=conditions.ALL,
)
SET_BLOB_PROPERTIES = Operation(
    "Set Blob Properties",
    blobs.set_blob_properties,
    _WRITE,
    headers=PROPERTIES | _LEASE,
    conditions=conditions.ALL,
)
GET_BLOB_METADATA = Operation(
    "Get Blob Metadata", blobs.get_blob_metadata, READ, headers=_LEASE, conditions=conditions.ALL
)
SET_BLOB_METADATA = Operation(
    "Set Blob Metadata",
    blobs.set_blob_metadata,
    _WRITE,
    conditions=conditions.ALL,
    metadata=True,
    headers=_LEASE,
)
SET_BLOB_TIER = Operation(
    "Set Blob Tier",
    blobs.set_blob_tier,
    _WRITE,
    headers=frozenset({LEASE_ID, TIER, "x-ms-rehydrate-priority"}),
)
COPY_BLOB = Operation(
    "Copy Blob",
    copies.copy_blob,
    _MAKE,
    headers=frozenset({LEASE_ID, copies.SOURCE, TIER, "x-ms-rehydrate-priority"}),
    conditions=conditions.ALL,
    metadata=True,
)
COPY_BLOB_FROM_URL = Operation(
    "Copy Blob From URL",
    copies.copy_blob_from_url,
    _MAKE,
    headers=frozenset({LEASE_ID, copies.SOURCE, TIER, "x-ms-requires-sync"}),
    conditions=conditions.ALL,
    metadata=True,
)
PUT_BLOB_FROM_URL = Operation(
    "Put Blob From URL",
    copies.put_blob_from_url,
    _MAKE,
    headers=_MADE_WITH
    | {"x-ms-blob-type", copies.SOURCE, copies.SOURCE_MD5, copies.SOURCE_PROPERTIES},
    conditions=conditions.ALL,
    metadata=True,
)
PUT_BLOCK_FROM_URL = Operation(
    "Put Block From URL",
    copies.put_block_from_url,
    _WRITE,
    parameters=frozenset({"blockid"}),
    headers=frozenset(
        {LEASE_ID, copies.SOURCE, copies.SOURCE_ETAG, copies.SOURCE_MD5, copies.SOURCE_RANGE}
    ),
)
DELETE_BLOB = Operation(
    "Delete Blob",
    blobs.delete_blob,
    Grant("o", "d", service_sas="bc"),
    headers=frozenset({LEASE_ID, "x-ms-delete-snapshots"}),
    conditions=conditions.ALL,
)
LEASE_BLOB = Operation(
    "Lease Blob",
    leases.lease_blob,
    _WRITE,
    headers=leases.HEADERS,
    conditions=conditions.ALL,
)
LEASE_CONTAINER = Operation(
    "Lease Container",
    leases.lease_container,
    Grant("c", "w"),
    headers=leases.HEADERS,
    conditions=conditions.DATES,
)
