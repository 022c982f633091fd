"""Many deletions in one request, by SDKs and by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient, PartialBatchErrorException, StandardBlobTier

from batchff.emulator.blob.signing.shared_key import sign
from tests.emulator.blob.servers import BlobServer


def filled(container: ContainerClient, *names: str) -> ContainerClient:
    for name in names:
        container.upload_blob(name, b"film")
    return container


def test_blobs_are_deleted_in_one_request(container: ContainerClient) -> None:
    filled(container, "a", "b c/ü.mov", "kept")
    answers = list(container.delete_blobs("a", "b c/ü.mov"))
    assert [answer.status_code for answer in answers] == [202, 202]
    assert list(container.list_blob_names()) == ["kept"]


def test_tiers_are_changed_in_one_request(container: ContainerClient) -> None:
    filled(container, "a", "b")
    container.set_standard_blob_tier_blobs(StandardBlobTier.COOL, "a", "b")
    assert [blob.blob_tier for blob in container.list_blobs()] == ["Cool", "Cool"]


def test_each_of_them_is_answered_by_itself(emulator: BlobServer) -> None:
    container = filled(emulator.new_container(), "a", "b")
    answers = list(container.delete_blobs("a", "none", "b", raise_on_any_failure=False))
    assert [answer.status_code for answer in answers] == [202, 404, 202]
    assert answers[1].headers["x-ms-error-code"] == "BlobNotFound"
    with pytest.raises(PartialBatchErrorException):
        container.delete_blobs("none")


def test_each_of_them_needs_its_own_right(emulator: BlobServer) -> None:
    container = filled(emulator.new_container(), "a")
    reader = emulator.with_sas(emulator.account_sas("rl"))
    answers = list(
        reader.get_container_client(container.container_name).delete_blobs(
            "a", raise_on_any_failure=False
        )
    )
    assert [answer.status_code for answer in answers] == [403]
    assert list(container.list_blob_names()) == ["a"]
    deleter = emulator.with_sas(emulator.account_sas("d"))
    deleter.get_container_client(container.container_name).delete_blobs("a")
    assert list(container.list_blob_names()) == []


def test_a_boundary_may_have_any_letters(emulator: BlobServer) -> None:
    container = filled(emulator.new_container(), "a")
    boundary = "batch_hn+/sCk2jrGl6uYqObrAyA"
    line = f"DELETE /{container.container_name}/a?{emulator.account_sas('d')}"
    body = f"{part(line)}--b--".replace("--b", f"--{boundary}")
    kind = {"Content-Type": f"multipart/mixed; boundary={boundary}"}
    answer = emulator.send("POST", "/", kind, body.encode(), query="comp=batch")
    assert b"HTTP/1.1 202 Accepted" in answer.body


def test_a_date_may_be_signed_instead_of_x_ms_date(emulator: BlobServer) -> None:
    container = filled(emulator.new_container(), "a")
    name, date = container.container_name, format_datetime(datetime.now(UTC), usegmt=True)
    text = f"DELETE\n\n\n\n\n\n{date}\n\n\n\n\n\n/{emulator.account}/{name}/a"
    signed = f"SharedKey {emulator.account}:{sign(emulator.key, text)}"
    body = part(f"DELETE /{name}/a", headers=f"Date: {date}\r\nAuthorization: {signed}\r\n")
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = emulator.send("POST", "/", kind, f"{body}--b--".encode(), query="comp=batch")
    assert b"HTTP/1.1 202 Accepted" in answer.body


def part(line: str, number: int = 0, headers: str = "") -> str:
    return (
        f"--b\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
        f"{line} HTTP/1.1\r\n{headers}\r\n"
    )


def test_a_batch_of_the_account_has_blobs_of_any_container(emulator: BlobServer) -> None:
    names = [filled(emulator.new_container(), "a").container_name for _ in range(2)]
    sas = emulator.account_sas("d")
    lines = [f"DELETE /{emulator.account}/{name}/a?{sas}" for name in names]
    body = "".join(part(line, number) for number, line in enumerate(lines)) + "--b--\r\n"
    answer = emulator.send(
        "POST",
        "/",
        {"Content-Type": "multipart/mixed; boundary=b"},
        body.encode(),
        query="comp=batch",
    )
    assert answer.status == 202
    assert answer.body.count(b"HTTP/1.1 202 Accepted") == 2
    assert b"Content-ID: 1" in answer.body


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("GET /{name}/a", 1),
        ("PUT /{name}/a", 1),
        ("PUT /{name}/a?comp=metadata", 1),
        ("DELETE /other/a", 1),
        ("DELETE /{name}", 1),
        ("POST /{name}?restype=container&comp=batch", 1),
        ("DELETE", 1),
        ("DELETE /{name}/a", 257),
        ("", 0),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(
    emulator: BlobServer, line: str, count: int
) -> None:
    container = filled(emulator.new_container(), "a")
    name = container.container_name
    body = part(line.format(name=name)) * count + "--b--\r\n"
    answer = emulator.send(
        "POST",
        f"/{name}",
        {"Content-Type": "multipart/mixed; boundary=b"},
        body.encode(),
        query="restype=container&comp=batch",
    )
    assert answer.status == 400
    assert list(container.list_blob_names()) == ["a"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/mixed", "multipart/mixed; boundary=x"])
def test_a_body_that_is_not_of_parts_is_refused(emulator: BlobServer, kind: str) -> None:
    answer = emulator.send(
        "POST", "/", {"Content-Type": kind}, part("DELETE /x/a").encode(), query="comp=batch"
    )
    assert answer.status == 400


def test_a_container_that_is_not_there_is_told(emulator: BlobServer) -> None:
    container = emulator.client().get_container_client(f"none-{uuid4().hex}")
    with pytest.raises(HttpResponseError) as failure:
        container.delete_blobs("a")
    assert isinstance(failure.value, PartialBatchErrorException)
    assert [part.status_code for part in failure.value.parts] == [404]
