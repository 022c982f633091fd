from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobInfo
from batchff.model.items import Output
from batchff.model.places import BlobPlace
from batchff.pipeline.outputs import (
    JobOutputs,
    OutputPlace,
    output_place,
    shown_by,
    written_place,
)

FILM = Output("film", "x/film", is_folder=True)
SOUND = Output("a b.mp3", "x/a b.mp3")
OWN = BlobFacts("tour", is_output=True)


def blob(name: str, facts: BlobFacts | None = OWN) -> BlobInfo:
    return BlobInfo(name, 1, datetime(2026, 11, 30, tzinfo=UTC), batchff=facts)


def test_outputs_are_in_the_jobs_folder_unless_the_user_named_a_place() -> None:
    own = output_place("tour", "batchff-output")
    assert own == OutputPlace("tour", "batchff-output", "tour/media/")
    assert own.address == "az://batchff-output/tour/media"
    named = output_place("tour", "batchff-output", BlobPlace("results", "x"))
    assert (named.container, named.prefix, named.is_shared) == ("results", "x/", True)
    assert named.address == "az://results/x"
    assert output_place("tour", "out", BlobPlace("results")).address == "az://results"


def test_a_place_is_read_from_a_jobs_metadata() -> None:
    to = BlobPlace("results", "ä b")
    assert written_place("tour", "out", to.written) == output_place("tour", "out", to)
    assert written_place("tour", "out", "") == output_place("tour", "out")


@pytest.mark.parametrize("name", ["x/a b.mp3", "x/film.manifest", "x/film/1.ts", "x/film/a/1.ts"])
def test_a_jobs_own_blobs_have_a_planned_name_and_the_jobs_stamp(name: str) -> None:
    outputs = JobOutputs("tour", [FILM, SOUND])
    assert outputs.has(blob(name))
    for others in (None, BlobFacts(), BlobFacts("tour"), BlobFacts("fair", is_output=True)):
        assert not outputs.has(blob(name, others))
        assert outputs.names_blob(name)


@pytest.mark.parametrize("name", ["x/copy/a b.mp3", "a b.mp3", "x/film", "x/films/1.ts"])
def test_a_copy_elsewhere_keeps_the_stamp_and_isnt_the_jobs(name: str) -> None:
    assert not JobOutputs("tour", [FILM, SOUND]).has(blob(name))


def test_a_folder_is_one_output_whatever_is_in_it() -> None:
    outputs = JobOutputs("tour", [FILM, SOUND])
    blobs = [blob(name) for name in ("x/a b.mp3", "x/film.manifest", "x/film/1.ts")]
    assert [each.name for each in outputs.apart_from_contents(blobs)] == [
        "x/a b.mp3",
        "x/film.manifest",
    ]
    assert outputs.output_of("x/film.manifest") == FILM
    assert outputs.output_of("x/film/1.ts") is None


def test_an_output_is_there_once_its_blob_is_and_a_folder_once_its_manifest_is() -> None:
    assert (shown_by(SOUND), shown_by(FILM)) == ("x/a b.mp3", "x/film.manifest")
