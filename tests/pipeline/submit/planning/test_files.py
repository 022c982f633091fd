"""The files of a submit, with the names of all they become, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import InputError
from batchff.model.files import Source
from batchff.model.inspection import Inspected, NotMedia
from batchff.model.items import count_items
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.destination import outputs_among
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.cloud_media.open import open_media
from batchff.pipeline.names import OUTPUT_FOLDER
from batchff.pipeline.selection import Selection
from batchff.pipeline.submit.planning.files import (
    PlannedFiles,
    Wanted,
    plan_blobs,
    plan_files,
)
from batchff.pipeline.submit.planning.request import JobRequest
from tests.model.inspections import sound, source, video
from tests.pipeline.planned import RECIPES, SPEC
from tests.pipeline.recorder import Recorder
from tests.pipeline.submit.planning.test_fitting import Films, Sounds
from tests.pipeline.test_sources import fill

REQUEST = JobRequest(RECIPES, JobLimits(), SPEC, "inputs", "outputs", "programs")
FITTED = replace(REQUEST, recipes=(Sounds.recipe,), makers=(Sounds(),))
SILENT = source(video())
WITH_SOUND = source(video(), sound())


class Looks:
    """What is in the files, in the order of their names; says whether anybody asked."""

    def __init__(self, *inspected: Inspected) -> None:
        self._inspected = inspected
        self.asked = False

    def __call__(self, sources: Sequence[Source]) -> Iterator[tuple[Source, Inspected]]:
        self.asked = True
        yield from zip(sources, self._inspected, strict=True)

    def into_blobs(self, found: FoundBlobs, storage: Storage) -> tuple[Inspected, ...]:
        assert storage.container(found.place.container) is not None
        assert len(found.sources) == len(self._inspected)
        self.asked = True
        return self._inspected


def test_the_same_files_have_the_same_job_until_one_changes(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "sub/b.mov")
    files = plan_files(Wanted((folder,)), REQUEST, None)
    assert files == plan_files(Wanted((folder,)), REQUEST, None)
    assert [item.relative for item in files.items] == ["a.mov", "sub/b.mov"]
    assert files.folder == Path(OUTPUT_FOLDER, "videos-mp3")
    named = plan_files(Wanted((folder,)), replace(REQUEST, job="tour"), tmp_path / "out")
    assert (named.job, named.folder, named.input_set) == ("tour", tmp_path / "out", files.input_set)

    (folder / "a.mov").write_bytes(b"longer media")
    changed = plan_files(Wanted((folder,)), REQUEST, None)
    assert (changed.job != files.job, changed.input_set) == (True, files.input_set)


def test_outputs_that_would_replace_their_sources_are_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path / "sounds", "a.mp3")
    with pytest.raises(InputError, match="would take the place of") as raised:
        plan_files(Wanted((folder,)), REQUEST, folder)
    assert raised.value.hint == "choose another folder with --out"


def put(
    storage: Storage, container: str, *names: str, metadata: dict[str, str] | None = None
) -> None:
    storage.ensure_container(container, {})
    for name in names:
        storage.upload_bytes(container, name, b"media", metadata or {})


def blobs_planned(
    place: BlobPlace, storage: Storage, request: JobRequest = REQUEST
) -> PlannedFiles:
    media = open_media(place, storage, datetime.now(UTC))
    return plan_blobs(media, Selection(), request, None, Recorder())


def test_a_renewed_sas_is_the_same_job(storage: Storage) -> None:
    put(storage, "planning-sas", "in/a.mov")
    urls = [
        storage.read_url("planning-sas", "in/a.mov", expiry=datetime.now(UTC) + timedelta(hours=h))
        for h in (1, 2)
    ]
    places = [
        BlobPlace("planning-sas", "in/a.mov", storage.endpoint, url.partition("?")[2])
        for url in urls
    ]
    jobs = {blobs_planned(place, storage).job for place in places}
    assert places[0].sas != places[1].sas
    assert len(jobs) == 1


def test_outputs_below_their_sources_are_no_sources(storage: Storage) -> None:
    put(storage, "planning-among", "in/a.mov", "in/made/a.mp4")
    to = BlobPlace("planning-among", "in/made")
    files = blobs_planned(BlobPlace("planning-among", "in"), storage, replace(REQUEST, to=to))
    assert [item.relative for item in files.items] == ["a.mov"]
    # So it is where a SAS leads to the profile's own account.
    source = BlobPlace("planning-among", "in", storage.endpoint, "sig=none")
    assert outputs_among(replace(source, endpoint="", sas=""), to) == to


def test_a_look_says_what_is_made_of_each_file(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "b.mov", "c.mov")
    looks = Looks(WITH_SOUND, source(sound()), WITH_SOUND)

    files = plan_files(Wanted((folder,)), FITTED, None, look=looks)

    made = [files.recipes[item.tasks[0].recipe].runs[0].arguments[-1] for item in files.items]
    assert made == ["0:1", "0:0", "0:1"]
    assert files.inspections, "what was seen is kept for the input set"
    assert files.job == plan_files(Wanted((folder,)), FITTED, None).job


def test_a_file_that_nothing_can_be_made_of_has_no_task_and_a_reason(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "b.mov", "c.mov")
    looks = Looks(SILENT, WITH_SOUND, NotMedia("it's a text"))

    files = plan_files(Wanted((folder,)), FITTED, None, look=looks)

    assert [(len(item.tasks), item.not_encoded) for item in files.items] == [
        (0, "no audio in it"),
        (1, ""),
        (0, "it's a text"),
    ]
    assert files.items[0].outputs == ()
    counts = count_items(files.items)
    assert (counts.files, counts.tasks, counts.not_encoded) == (1, 1, 2)


def test_of_what_is_made_partly_the_rest_has_a_reason(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov")
    both = replace(FITTED, recipes=(Sounds.recipe, Films.recipe), makers=(Sounds(), Films()))

    (item,) = plan_files(Wanted((folder,)), both, None, look=Looks(SILENT)).items

    assert [output.relative for output in item.outputs] == ["a.mp4"]
    assert item.not_encoded == "sounds: no audio in it"


def test_where_nothing_can_be_made_of_any_file_it_is_an_error(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "b.mov")
    with pytest.raises(InputError, match="2 files can't be encoded: 'a.mov': no audio in it"):
        plan_files(Wanted((folder,)), FITTED, None, look=Looks(SILENT, SILENT))


def test_names_that_cant_be_are_told_before_files_are_looked_into(tmp_path: Path) -> None:
    folder = fill(tmp_path / "videos", "a.mov", "a.mp4")
    looks = Looks(WITH_SOUND, WITH_SOUND)
    with pytest.raises(InputError, match="several files would write the same output"):
        plan_files(Wanted((folder,)), FITTED, None, look=looks)
    sounds = fill(tmp_path / "sounds", "b.mp3")
    with pytest.raises(InputError, match="would take the place of"):
        plan_files(Wanted((sounds,)), FITTED, sounds, look=looks)
    assert not looks.asked


def test_blobs_are_looked_into_and_those_nothing_can_be_made_of_have_a_reason(
    storage: Storage,
) -> None:
    put(storage, "planning-looks", "in/a.mov", "in/b.mov")
    place, looks = BlobPlace("planning-looks", "in"), Looks(WITH_SOUND, SILENT)

    def planned(looks: Looks) -> PlannedFiles:
        media = open_media(place, storage, datetime.now(UTC))
        return plan_blobs(media, Selection(), FITTED, None, Recorder(), look=looks.into_blobs)

    files = planned(looks)

    assert looks.asked
    assert [(len(item.tasks), item.not_encoded) for item in files.items] == [
        (1, ""),
        (0, "no audio in it"),
    ]
    with pytest.raises(InputError, match="2 files can't be encoded"):
        planned(Looks(SILENT, SILENT))
