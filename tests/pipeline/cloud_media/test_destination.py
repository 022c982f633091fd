from __future__ import annotations

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import InputError, UsageError
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Item, Output
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.destination import (
    outputs_among,
    refuse_to_replace_others,
    refuse_to_replace_sources,
)
from tests.storage_servers import StorageServer

SOURCE = BlobPlace("media", "in")
OWN = BlobFacts("tour", is_output=True).metadata()


def item(relative: str, *outputs: Output) -> Item:
    return Item(relative, 1, f"in/{relative}", outputs)


def test_outputs_below_their_sources_arent_searched_and_beside_them_are_nowhere() -> None:
    below = BlobPlace("media", "in/made")
    assert outputs_among(SOURCE, below) == below
    assert outputs_among(BlobPlace("media"), below) == below
    for apart in (None, BlobPlace("media", "made"), BlobPlace("results", "in"), BlobPlace("media")):
        assert outputs_among(SOURCE, apart) is None


def test_outputs_in_the_sources_own_place_would_be_taken_for_sources() -> None:
    with pytest.raises(UsageError, match="among their sources in az://media/in"):
        outputs_among(SOURCE, SOURCE)


def test_an_output_never_replaces_a_source() -> None:
    items = [item("a.mp4", Output("a.mp4", "in/a.mp4"))]
    refuse_to_replace_sources(items, "media", BlobPlace("results", "in"))
    with pytest.raises(InputError, match="output of 'a.mp4' would take the place of 'a.mp4'"):
        refuse_to_replace_sources(items, "media", BlobPlace("media", "in"))


@pytest.fixture
def server(emulated_storage: StorageServer) -> StorageServer:
    emulated_storage.storage().ensure_container(emulated_storage.container, {})
    return emulated_storage


def put(server: StorageServer, metadata: dict[str, str], *names: str) -> Storage:
    for name in names:
        server.storage().upload_bytes(server.container, name, b"x", metadata)
    return server.storage()


def refuse(server: StorageServer, *outputs: Output) -> None:
    to = BlobPlace(server.container, "x")
    refuse_to_replace_others("tour", [item("a.mov", *outputs)], to, server.storage())


def test_where_nothing_is_anything_can_be_written(server: StorageServer) -> None:
    refuse(server, Output("a.mp3", "x/a.mp3"))
    put(server, {}, "x/b.mp3", "x/a.mp3.txt", "a.mp3")
    refuse(server, Output("a.mp3", "x/a.mp3"))
    missing = BlobPlace("no-such-container")
    refuse_to_replace_others("tour", [item("a.mov")], missing, server.storage())


@pytest.mark.parametrize(
    "metadata", [{}, BlobFacts("tour").metadata(), BlobFacts("fair", is_output=True).metadata()]
)
def test_what_the_job_didnt_make_stays(metadata: dict[str, str], server: StorageServer) -> None:
    put(server, metadata, "x/a.mp3", "x/b.mp3")
    with pytest.raises(
        InputError, match="1 blob in container .* would be replaced.*'x/a.mp3'"
    ) as e:
        refuse(server, Output("a.mp3", "x/a.mp3"))
    assert "--overwrite" in e.value.hint


def test_what_the_job_made_may_be_made_again(server: StorageServer) -> None:
    put(server, OWN, "x/a.mp3", "x/film/1.ts")
    refuse(server, Output("a.mp3", "x/a.mp3"), Output("film", "x/film", is_folder=True))


@pytest.mark.parametrize("name", ["x/film.manifest", "x/film/sub/1.ts"])
def test_a_folder_is_nobodys_before(name: str, server: StorageServer) -> None:
    put(server, {}, name)
    with pytest.raises(InputError, match=name):
        refuse(server, Output("film", "x/film", is_folder=True))
