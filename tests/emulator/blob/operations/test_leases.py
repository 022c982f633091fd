"""Leases of blobs and containers: who may change what, and when."""

from __future__ import annotations

from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobLeaseClient, ContainerClient

from tests.emulator.blob.servers import BlobServer, error_code


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    return container.upload_blob("film.mov", b"film")


def code_of_change(blob: BlobClient, lease: BlobLeaseClient | str | None = None) -> str | None:
    """Change a blob; return the code of the refusal."""
    try:
        blob.set_blob_metadata({"a": "b"}, lease=lease)
    except HttpResponseError as error:
        return error_code(error)
    return None


def test_a_leased_blob_is_changed_by_its_holder_only(blob: BlobClient) -> None:
    lease = blob.acquire_lease()
    assert code_of_change(blob) == "LeaseIdMissing"
    assert code_of_change(blob, str(uuid4())) == "LeaseIdMismatchWithBlobOperation"
    assert code_of_change(blob, lease) is None
    assert blob.download_blob().readall() == b"film", "anybody may read it"
    for change in (blob.delete_blob, lambda: blob.upload_blob(b"other", overwrite=True)):
        with pytest.raises(HttpResponseError) as failure:
            change()
        assert error_code(failure.value) == "LeaseIdMissing"
    blob.upload_blob(b"other", overwrite=True, lease=lease)
    told = blob.get_blob_properties().lease
    assert (told.status, told.state, told.duration) == ("locked", "leased", "infinite")
    name = lease.id
    lease.release()
    assert code_of_change(blob) is None
    assert code_of_change(blob, name) == "LeaseNotPresentWithBlobOperation"
    assert blob.get_blob_properties().lease.state == "available"


def test_only_one_has_a_lease(blob: BlobClient) -> None:
    lease = blob.acquire_lease(lease_duration=15)
    with pytest.raises(HttpResponseError) as failure:
        blob.acquire_lease()
    assert error_code(failure.value) == "LeaseAlreadyPresent"
    assert blob.acquire_lease(lease_id=lease.id).id == lease.id
    lease.renew()
    other = str(uuid4())
    lease.change(other)
    assert lease.id == other
    assert code_of_change(blob, other) is None
    with pytest.raises(HttpResponseError) as failure:
        BlobLeaseClient(blob, str(uuid4())).renew()
    assert error_code(failure.value) == "LeaseIdMismatchWithLeaseOperation"


def test_a_broken_lease_lasts_until_its_break_is_over(blob: BlobClient) -> None:
    lease = blob.acquire_lease()
    assert lease.break_lease(lease_break_period=30) == 30
    assert blob.get_blob_properties().lease.state == "breaking"
    assert code_of_change(blob) == "LeaseIdMissing"
    with pytest.raises(HttpResponseError) as failure:
        lease.renew()
    assert error_code(failure.value) == "LeaseIsBrokenAndCannotBeRenewed"
    assert lease.break_lease(lease_break_period=0) == 0
    assert blob.get_blob_properties().lease.state == "broken"
    assert code_of_change(blob) is None


def test_a_leased_container_is_deleted_by_its_holder_only(container: ContainerClient) -> None:
    lease = container.acquire_lease()
    container.upload_blob("film.mov", b"film")
    assert container.get_container_properties().lease.status == "locked"
    with pytest.raises(HttpResponseError) as failure:
        container.delete_container()
    assert error_code(failure.value) == "LeaseIdMissing"
    container.delete_container(lease=lease)
    assert not container.exists()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingRequiredHeader"),
        ({"x-ms-lease-action": "steal"}, "InvalidHeaderValue"),
        ({"x-ms-lease-action": "acquire"}, "MissingRequiredHeader"),
        ({"x-ms-lease-action": "acquire", "x-ms-lease-duration": "5"}, "InvalidHeaderValue"),
        ({"x-ms-lease-action": "acquire", "x-ms-lease-duration": "x"}, "InvalidHeaderValue"),
        ({"x-ms-lease-action": "renew"}, "MissingRequiredHeader"),
        ({"x-ms-lease-action": "renew", "x-ms-lease-id": "x"}, "InvalidHeaderValue"),
        ({"x-ms-lease-action": "break"}, "LeaseNotPresentWithLeaseOperation"),
    ],
)
def test_a_lease_that_cannot_be_is_refused(
    emulator: BlobServer, headers: dict[str, str], code: str
) -> None:
    container = emulator.new_container()
    container.upload_blob("film.mov", b"film")
    path = f"/{container.container_name}/film.mov"
    answer = emulator.send("PUT", path, headers, b"", query="comp=lease")
    assert answer.headers["x-ms-error-code"] == code


def test_listings_tell_of_leases(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("film.mov", b"film").acquire_lease(lease_duration=60)
    (listed,) = container.list_blobs()
    assert (listed.lease.status, listed.lease.state) == ("locked", "leased")
    assert listed.lease.duration == "fixed"
