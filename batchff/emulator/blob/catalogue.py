"""The operations of the Blob REST interface that this service has, under Microsoft's names.

The grants are those of "Create an account SAS" and "Create a service SAS".
"""

from __future__ import annotations

from batchff.emulator.blob.operations import (
    batches,
    blobs,
    block_blobs,
    containers,
    copies,
    service,
)
from batchff.emulator.blob.operations.call import Operation
from batchff.emulator.blob.protocol import conditions
from batchff.emulator.blob.protocol.headers import PROPERTIES, TIER
from batchff.emulator.blob.signing.authentication import READ, Grant

_WRITE = Grant("o", "w", service_sas="bc")
_MAKE = Grant("o", "cw", service_sas="bc")
_MADE_WITH = PROPERTIES | {TIER}

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
    "Get Container Properties", containers.get_container_properties, Grant("c", "r")
)
GET_CONTAINER_METADATA = Operation(
    "Get Container Metadata", containers.get_container_metadata, Grant("c", "r")
)
SET_CONTAINER_METADATA = Operation(
    "Set Container Metadata",
    containers.set_container_metadata,
    Grant("c", "w"),
    conditions=frozenset({"if-modified-since"}),
    metadata=True,
)
DELETE_CONTAINER = Operation(
    "Delete Container",
    containers.delete_container,
    Grant("c", "d"),
    conditions=conditions.DATES,
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
PUT_BLOCK = Operation(
    "Put Block",
    block_blobs.put_block,
    _WRITE,
    parameters=frozenset({"blockid"}),
    # azure-storage-blob sends a blob's metadata with each of its blocks; the service ignores it.
    metadata=True,
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
)
GET_BLOB = Operation(
    "Get Blob",
    blobs.get_blob,
    READ,
    headers=frozenset({"x-ms-range", "x-ms-range-get-content-md5"}),
    conditions=conditions.ALL,
)
GET_BLOB_PROPERTIES = Operation(
    "Get Blob Properties", blobs.get_blob_properties, READ, conditions=conditions.ALL
)
SET_BLOB_PROPERTIES = Operation(
    "Set Blob Properties",
    blobs.set_blob_properties,
    _WRITE,
    headers=PROPERTIES,
    conditions=conditions.ALL,
)
GET_BLOB_METADATA = Operation(
    "Get Blob Metadata", blobs.get_blob_metadata, READ, conditions=conditions.ALL
)
SET_BLOB_METADATA = Operation(
    "Set Blob Metadata",
    blobs.set_blob_metadata,
    _WRITE,
    conditions=conditions.ALL,
    metadata=True,
)
SET_BLOB_TIER = Operation(
    "Set Blob Tier",
    blobs.set_blob_tier,
    _WRITE,
    headers=frozenset({TIER, "x-ms-rehydrate-priority"}),
)
COPY_BLOB = Operation(
    "Copy Blob",
    copies.copy_blob,
    _MAKE,
    headers=frozenset({copies.SOURCE, TIER, "x-ms-rehydrate-priority"}),
    conditions=conditions.ALL,
    metadata=True,
)
COPY_BLOB_FROM_URL = Operation(
    "Copy Blob From URL",
    copies.copy_blob_from_url,
    _MAKE,
    headers=frozenset({copies.SOURCE, TIER, "x-ms-requires-sync"}),
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
    headers=frozenset({copies.SOURCE, copies.SOURCE_ETAG, copies.SOURCE_MD5, copies.SOURCE_RANGE}),
)
DELETE_BLOB = Operation(
    "Delete Blob",
    blobs.delete_blob,
    Grant("o", "d", service_sas="bc"),
    headers=frozenset({"x-ms-delete-snapshots"}),
    conditions=conditions.ALL,
)
