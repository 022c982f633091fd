from __future__ import annotations

from datetime import UTC, datetime, timedelta

from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from tests.emulator.running import Connection, wait_until


def _upload(service: Connection, pool: str, url: str) -> dict[str, object]:
    node = service.send("GET", f"/pools/{pool}/nodes").json()["value"][0]["id"]
    body = {"containerUrl": url, "startTime": "2026-01-01T00:00:00Z"}
    answer = service.send("POST", f"/pools/{pool}/nodes/{node}/uploadbatchservicelogs", body)
    assert answer.status == 200, answer.data
    document: dict[str, object] = answer.json()
    return document


def test_what_there_is_of_a_nodes_logs_is_sent(service: Connection, pool: str, name: str) -> None:
    storage = service.storage().create_container(name)
    sas = generate_container_sas(
        service.identity.storage.name,
        name,
        account_key=service.identity.storage.key,
        permission=ContainerSasPermissions(write=True, create=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )

    told = _upload(service, pool, f"{storage.url}?{sas}")

    wait_until(lambda: len(list(storage.list_blobs())) == told["numberOfFilesUploaded"])
    place = told["virtualDirectoryName"]
    assert f"{place}/node.json" in [blob.name for blob in storage.list_blobs()]
    assert isinstance(place, str) and place.startswith("batch-") and f"/{pool}/" in place


def test_nothing_is_sent_elsewhere_and_it_is_answered_all_the_same(
    service: Connection, pool: str
) -> None:
    told = _upload(service, pool, "https://computecontainer.blob.core.windows.net/")

    assert told["numberOfFilesUploaded"] == 1
