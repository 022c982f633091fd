from __future__ import annotations

from uuid import uuid4

from tests.emulator.blob.servers import BlobServer


def test_containers_are_listed_by_prefix_a_page_at_a_time(blob_server: BlobServer) -> None:
    client = blob_server.client()
    prefix = f"list-{uuid4().hex}"
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        client.create_container(name)
    pages = client.list_containers(prefix, results_per_page=2).by_page()
    assert [[each.name for each in page] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_the_account_and_its_service_are_described(blob_server: BlobServer) -> None:
    client = blob_server.client()
    assert client.get_account_information()["account_kind"] == "StorageV2"
    assert client.get_service_properties()["cors"] == []
