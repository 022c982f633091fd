"""Names of blobs: any text at all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.emulator.blob.servers import BlobServer, blob_path, running_emulator

UPLOAD = {"x-ms-blob-type": "BlockBlob"}
NAMES = st.text(min_size=1, max_size=40) | st.text(
    st.sampled_from("./\\%2F+ \n\r\t?#&='\"<>$()äé\u0301\U0001f3ac\x00\ufffe\uffff"), min_size=1
)


@pytest.fixture(scope="module")
def service(emulator: BlobServer) -> BlobServiceClient:
    """One client for all examples: making one takes longer than an example does."""
    return emulator.client()


@pytest.mark.parametrize(
    "name",
    [
        "clip 1.mov",
        "a.b.mp4",
        "-leading dash",
        "quote'\" $(x);`y` & 100% #1 ?=+.mov",
        "a%2Fb",
        "a%b",
        "a+b",
        "a=b&c=d",
        "<tag>",
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
        "e\N{COMBINING ACUTE ACCENT}",
        "\N{CLAPPER BOARD} scene.mov",
        "deep/" * 20 + "clip.mov",
        "x" * 200,
    ],
)
def test_a_name_is_kept_as_it_is(container: ContainerClient, name: str) -> None:
    container.upload_blob(name, b"content")
    assert list(container.list_blob_names()) == [name]
    assert list(container.list_blob_names(name_starts_with=name[:-1])) == [name]
    assert container.get_blob_client(name).download_blob().readall() == b"content"
    container.delete_blob(name)
    assert list(container.list_blob_names()) == []


@settings(max_examples=60)
@given(name=NAMES)
@example("../../etc/passwd")
@example("..")
@example("/")
@example("//double")
@example("back\\slash")
@example("line\nend\r\n")
@example(" spaces ")
@example("nul\x00")
@example("%2e%2e%2f")
@example("\U0001f3ac" * 256)
def test_no_name_is_too_wild(emulator: BlobServer, service: BlobServiceClient, name: str) -> None:
    """Sent raw: an SDK would tidy some of these names up before they leave it."""
    container = service.create_container(f"test-{uuid4().hex}")
    path = blob_path(container.container_name, name)
    assert emulator.send("PUT", path, UPLOAD, name.encode()).status == 201
    assert [blob.name for blob in container.list_blobs(name[:1])] == [name]
    assert emulator.send("GET", path).body == name.encode()
    assert emulator.send("DELETE", path).status == 202
    assert list(container.list_blob_names()) == []


@settings(max_examples=15)
@given(names=st.sets(NAMES, min_size=1, max_size=8), page=st.integers(1, 4))
def test_names_are_listed_in_the_order_of_their_bytes(
    emulator: BlobServer, service: BlobServiceClient, names: set[str], page: int
) -> None:
    container = service.create_container(f"test-{uuid4().hex}")
    for name in names:
        path = blob_path(container.container_name, name)
        assert emulator.send("PUT", path, UPLOAD, b"").status == 201
    listed = [blob.name for blob in container.list_blobs(results_per_page=page)]
    assert listed == sorted(names, key=str.encode)


@settings(max_examples=25)
@given(
    names=st.sets(st.text("ab/é\U0001f3ac", min_size=1, max_size=5), max_size=10),
    prefix=st.text("ab/", max_size=2),
    delimiter=st.sampled_from(["/", "b", "é", "a/"]),
    page=st.integers(1, 4),
)
def test_folders_are_what_their_names_say(
    emulator: BlobServer,
    service: BlobServiceClient,
    names: set[str],
    prefix: str,
    delimiter: str,
    page: int,
) -> None:
    container = service.create_container(f"test-{uuid4().hex}")
    for name in names:
        path = blob_path(container.container_name, name)
        assert emulator.send("PUT", path, UPLOAD, b"").status == 201
    expected = set()
    for name in names:
        if name.startswith(prefix):
            head, cut, _ = name[len(prefix) :].partition(delimiter)
            expected.add(prefix + head + cut)
    walked = container.walk_blobs(prefix, delimiter=delimiter, results_per_page=page)
    assert sorted(entry.name for entry in walked) == sorted(expected)


def test_names_never_become_paths(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        for name in ("../outside", "/etc/outside", "..\\outside", "a/../../outside"):
            path = blob_path(container.container_name, name)
            assert server.send("PUT", path, UPLOAD, b"content").status == 201
        files = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert not [name for name in files if "outside" in name]
    assert len(list((folder / "blobs").iterdir())) == 4


def test_a_name_may_have_1024_characters_and_no_more(emulator: BlobServer) -> None:
    container = emulator.new_container()
    longest = blob_path(container.container_name, "x" * 1024)
    assert emulator.send("PUT", longest, UPLOAD, b"").status == 201
    too_long = blob_path(container.container_name, "x" * 1025)
    assert emulator.send("PUT", too_long, UPLOAD, b"").status == 400


@pytest.mark.parametrize("raw", ["%FF", "%ED%A0%80"])
def test_a_name_that_is_not_utf_8_is_refused(emulator: BlobServer, raw: str) -> None:
    container = emulator.new_container()
    answer = emulator.send("PUT", f"/{container.container_name}/{raw}", UPLOAD, b"")
    assert answer.status == 400
    assert answer.headers["x-ms-error-code"] == "InvalidUri"


def test_an_encoded_slash_is_a_slash_of_the_name(emulator: BlobServer) -> None:
    container = emulator.new_container()
    emulator.send("PUT", f"/{container.container_name}/a%2Fb", UPLOAD, b"content")
    assert container.get_blob_client("a/b").download_blob().readall() == b"content"


def test_metadata_keep_odd_values(emulator: BlobServer) -> None:
    container = emulator.new_container()
    value = quote("Füße & <tags>")
    blob = container.upload_blob(f"{uuid4()}", b"", metadata={"source": value, "empty": ""})
    assert blob.get_blob_properties().metadata["source"] == value
    (listed,) = container.list_blobs(include=["metadata"])
    assert listed.metadata["source"] == value
