from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobServiceClient,
)

from tests.emulator.blob.servers import BlobServer

WRONG_KEY = "d3Jvbmc="


def test_a_wrong_key_is_forbidden(blob_server: BlobServer) -> None:
    client = BlobServiceClient(
        blob_server.url,
        credential={"account_name": blob_server.account, "account_key": WRONG_KEY},
        retry_total=0,
    )
    with pytest.raises(HttpResponseError) as failure:
        client.create_container("films")
    assert failure.value.status_code == 403


def test_metadata_names_that_sort_in_two_ways_are_signed_in_both(blob_server: BlobServer) -> None:
    metadata = {"a_b": "1", "a1": "2", "ab": "3", "a_": "4", "z": "5"}
    blob = blob_server.new_container().upload_blob("clip.mov", b"", metadata=metadata)
    assert blob.get_blob_properties().metadata == metadata
