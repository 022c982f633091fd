from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.model.job_facts import JobFacts
from batchff.pipeline.default_folder import (
    DefaultFolder,
    default_folder,
    folder_of_job,
    is_missing_here,
)

PLAIN = Path("batchff-output", "videos-mp3")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def folder(
    source: str = "videos-0e64655c", arguments: str = "vbr", naming: str = ""
) -> DefaultFolder:
    return default_folder(source, "mp3", arguments, naming)


def test_its_called_by_source_and_presets_and_is_the_same_each_time() -> None:
    assert folder().path == PLAIN
    assert not PLAIN.parent.exists()  # to ask takes nothing
    assert folder().claim() == PLAIN
    PLAIN.mkdir()
    assert folder().claim() == folder().path == PLAIN


@pytest.mark.parametrize(
    "other",
    [
        lambda: folder(source="videos-11111111"),
        lambda: folder(arguments="cbr"),
        lambda: folder(naming="names"),
    ],
    ids=["another source", "other arguments", "other names"],
)
def test_what_is_of_another_kind_goes_to_a_folder_of_its_own(
    other: Callable[[], DefaultFolder],
) -> None:
    folder().claim()
    apart = other().claim()
    assert apart.name.startswith("videos-mp3-")
    assert other().claim() == apart
    assert folder().claim() == PLAIN


def test_a_folder_that_nobody_claimed_is_left_to_who_made_it() -> None:
    PLAIN.mkdir(parents=True)
    assert folder().path != PLAIN
    assert folder().claim() == folder().path


def test_where_no_note_can_be_written_the_plain_folder_is_taken() -> None:
    Path("batchff-output").write_bytes(b"a file")
    assert folder().claim().name.startswith("videos-mp3")


def test_a_jobs_folder_is_found_by_what_its_metadata_say() -> None:
    facts = JobFacts(preset="mp3+h264", input_set="videos-0e64655c", arguments="x")
    assert folder_of_job(facts).path == Path("batchff-output", "videos-mp3-h264")
    placed = JobFacts(preset="mp3", source="media/in/tour", arguments="x")
    assert folder_of_job(placed).path == Path("batchff-output", "tour-mp3")


def test_outputs_are_missing_where_the_folder_has_fewer_files() -> None:
    facts = JobFacts(preset="mp3", input_set="videos-0e64655c", arguments="vbr")
    assert is_missing_here(facts, 2)
    assert not is_missing_here(facts, 0)
    folder = folder_of_job(facts).claim() / "a"
    folder.mkdir(parents=True)
    (folder / "one.mp3").touch()
    assert is_missing_here(facts, 2)
    (folder / "two.mp3").touch()
    assert not is_missing_here(facts, 2)
    assert not is_missing_here(replace(facts, to="media/out"), 5)
