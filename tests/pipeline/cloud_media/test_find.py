from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import (
    ContainerClient,
    StandardBlobTier,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.cloud.http.retrying import Retrying
from batchff.cloud.storage import Storage
from batchff.errors import InputError, NotFoundError, SignInError, UnreachableError
from batchff.events import Warned
from batchff.model.files import BlobSource
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.find import FoundBlobs, blobs_at, find_blobs_of_media
from batchff.pipeline.cloud_media.open import OpenedMedia, open_media
from batchff.pipeline.selection import Selection
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer, closed_port

EXPIRY = datetime.now(UTC) + timedelta(hours=1)


def fill(server: StorageServer, *names: str, content: bytes = b"media") -> ContainerClient:
    """Make a container that batchff has nothing to do with, and blobs in it."""
    client = server.server.client().get_container_client(server.container)
    if not client.exists():
        client.create_container()
    for name in names:
        client.upload_blob(name, content, overwrite=True)
    return client


def find(
    server: StorageServer,
    prefix: str = "",
    selection: Selection | None = None,
    *,
    recorder: Recorder | None = None,
    outputs: BlobPlace | None = None,
) -> FoundBlobs:
    media = opened(BlobPlace(server.container, prefix), server.storage())
    return find_blobs_of_media(
        media, selection or Selection(), recorder or Recorder(), outputs=outputs
    )


def opened(place: BlobPlace, storage: Storage) -> OpenedMedia:
    return open_media(place, storage, datetime.now(UTC))


def relatives(found: FoundBlobs) -> list[str]:
    return [source.relative for source in found.sources]


def test_media_is_found_below_a_prefix_by_its_suffix(storage_server: StorageServer) -> None:
    fill(storage_server, "in/b.mov", "in/a/it's $(x) 1.MP4", "in/notes.txt", "inner/c.mov", "d.mov")
    found = find(storage_server, "in")
    assert relatives(found) == ["a/it's $(x) 1.MP4", "b.mov"]
    assert [source.blob for source in found.sources] == ["in/a/it's $(x) 1.MP4", "in/b.mov"]
    assert (found.below, found.bytes, found.left_out) == ("in/", 10, {"not media": 1})
    assert relatives(find(storage_server)) == [
        *("d.mov", "in/a/it's $(x) 1.MP4", "in/b.mov", "inner/c.mov")
    ]


def test_a_blob_is_another_once_its_content_is(emulated_storage: StorageServer) -> None:
    fill(emulated_storage, "a.mov")
    first = find(emulated_storage).sources
    assert find(emulated_storage).sources == first
    fill(emulated_storage, "a.mov")
    assert find(emulated_storage).sources[0].etag != first[0].etag


def test_an_address_may_name_one_blob(storage_server: StorageServer) -> None:
    fill(storage_server, "in/a.mov", "b.mov")
    found = find(storage_server, "in/a.mov")
    [source] = found.sources
    assert (found.below, source.blob, source.relative) == ("in/", "in/a.mov", "a.mov")
    assert find(storage_server, "b.mov").below == ""
    listed = find(storage_server, "in").sources[0]
    facts = (source.blob, "a.mov", 5, source.etag, source.modified_ns)
    assert BlobSource(*facts, md5=source.md5) == listed


def test_blobs_are_chosen_as_files_of_a_folder_are(emulated_storage: StorageServer) -> None:
    names = ("a.mov", "raw/b.mov", "deep/.trash/c.mov", ".d.mov", "e.dat", "f.MOV")
    fill(emulated_storage, *names)
    found = find(emulated_storage, selection=Selection(exclude=("RAW",)))
    assert relatives(found) == ["a.mov", "f.MOV"]
    assert found.left_out == {"excluded": 1, "hidden": 2, "not media": 1}
    assert relatives(find(emulated_storage, selection=Selection(include=("*.dat",)))) == ["e.dat"]


def test_markers_of_folders_are_no_files(emulated_storage: StorageServer) -> None:
    fill(emulated_storage, "in/", "in/sub.mov/", content=b"")
    fill(emulated_storage, "in/a.mov")
    found = find(emulated_storage, "in", Selection(include=("*",)))
    assert (relatives(found), found.left_out) == (["a.mov"], {})


def test_empty_blobs_are_left_out_and_named(emulated_storage: StorageServer) -> None:
    fill(emulated_storage, "a.mov")
    fill(emulated_storage, "gone.mov", "empty.txt", content=b"")
    recorder = Recorder()
    found = find(emulated_storage, recorder=recorder)
    assert (relatives(found), found.left_out) == (["a.mov"], {"empty": 1, "not media": 1})
    assert [event.message for event in recorder.of(Warned)] == ["left out, as empty: 'gone.mov'"]


def test_what_is_in_the_archive_tier_cant_be_read_and_is_named(azurite_url: str) -> None:
    from tests import azurite
    from tests.emulator.blob.servers import BlobServer

    server = StorageServer(
        BlobServer("azurite", azurite_url, azurite.ACCOUNT, azurite.KEY), "test-archived-media"
    )
    client = fill(server, "a.mov", "old.mov", "cool.mov")
    client.get_blob_client("old.mov").set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    client.get_blob_client("cool.mov").set_standard_blob_tier(StandardBlobTier.COOL)
    recorder = Recorder()
    found = find(server, recorder=recorder)
    assert (relatives(found), found.left_out) == (["a.mov", "cool.mov"], {"in the archive tier": 1})
    assert "in the archive tier: 'old.mov'" in recorder.of(Warned)[0].message
    with pytest.raises(InputError, match="no media in .*: 1 in the archive tier") as raised:
        find(server, "old.mov")
    assert "--tier Hot" in raised.value.hint


def test_where_the_outputs_go_isnt_searched(emulated_storage: StorageServer) -> None:
    fill(emulated_storage, "in/a.mov", "in/made/a.mov", "in/made2/a.mov")
    outputs = BlobPlace(emulated_storage.container, "in/made")
    found = find(emulated_storage, "in", outputs=outputs)
    assert relatives(found) == ["a.mov", "made2/a.mov"]


def test_a_place_without_media_is_an_error_that_says_what_is_there(
    storage_server: StorageServer,
) -> None:
    fill(storage_server, "in/a.txt", "in/b.txt")
    with pytest.raises(InputError, match="no media in az://.*/in: 2 not media"):
        find(storage_server, "in")
    with pytest.raises(NotFoundError, match="there is no blob at az://.*/i$"):
        find(storage_server, "i")


def test_a_container_that_doesnt_exist_is_told_from_one_that_is_empty(
    storage_server: StorageServer,
) -> None:
    with pytest.raises(NotFoundError, match=f"no container '{storage_server.container}'"):
        find(storage_server, "in")
    fill(storage_server)
    with pytest.raises(NotFoundError, match="there is no blob at az://") as raised:
        find(storage_server)
    assert raised.value.hint == "the container is empty"


def test_names_that_can_be_no_files_are_refused(emulated_storage: StorageServer) -> None:
    fill(emulated_storage, "in/a//b.mov", "in/c.mov")
    with pytest.raises(InputError, match="1 blob can't be encoded, .*: 'a//b.mov'") as raised:
        find(emulated_storage, "in")
    assert raised.value.hint == "rename them, or leave them out with --exclude"
    left = find(emulated_storage, "in", Selection(exclude=("a//*",)))
    assert relatives(left) == ["c.mov"]


def test_a_sas_opens_another_account(storage_server: StorageServer) -> None:
    fill(storage_server, "in/a.mov", "b.mov")
    server = storage_server.server
    sas = generate_container_sas(
        server.account, storage_server.container, account_key=server.key, permission="rl",
        expiry=EXPIRY,
    )  # fmt: skip
    place = BlobPlace(storage_server.container, "in", server.url, sas)
    own = Storage("https://own.invalid", "own", key=server.key)
    media = opened(place, own)
    found = find_blobs_of_media(media, Selection(), Recorder())
    assert relatives(found) == ["a.mov"]
    blob = blobs_at(media)["in/a.mov"]
    assert (blob.size, blob.etag) == (5, found.sources[0].etag)


def test_one_blobs_sas_opens_that_blob(storage_server: StorageServer) -> None:
    fill(storage_server, "in/a.mov", "in/b.mov")
    server = storage_server.server
    sas = generate_blob_sas(
        server.account, storage_server.container, "in/a.mov", account_key=server.key,
        permission="r", expiry=EXPIRY,
    )  # fmt: skip
    place = BlobPlace(storage_server.container, "in/a.mov", server.url, sas)
    media = opened(place, storage_server.storage())
    found = find_blobs_of_media(media, Selection(), Recorder())
    assert relatives(found) == ["a.mov"]
    assert list(blobs_at(media)) == ["in/a.mov"]


def test_a_sas_that_is_refused_is_what_the_error_speaks_of(storage_server: StorageServer) -> None:
    fill(storage_server, "a.mov")
    server = storage_server.server
    sas = "sv=2021-12-02&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=secretsecret%3D"
    place = BlobPlace(storage_server.container, "", server.url, sas)
    with pytest.raises(SignInError, match=f"the SAS doesn't open {server.url}/test-") as raised:
        find_blobs_of_media(opened(place, storage_server.storage()), Selection(), Recorder())
    assert "generate-sas --permissions rl" in raised.value.hint
    assert "secretsecret" not in f"{raised.value.message} {raised.value.hint}"


def test_an_account_that_doesnt_answer_is_named_without_the_sas() -> None:
    endpoint = f"http://127.0.0.1:{closed_port()}/other"
    place = BlobPlace("media", "", endpoint, "sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=secretsecret")
    own = Storage("https://own.invalid", "own", key="a2V5", retrying=Retrying(most=0.0))
    with pytest.raises(UnreachableError) as raised:
        find_blobs_of_media(opened(place, own), Selection(), Recorder())
    assert raised.value.hint == "check the URL and the network"
    assert "secretsecret" not in raised.value.message
