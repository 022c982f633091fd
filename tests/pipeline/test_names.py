from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchff.errors import ExitCode, UsageError
from batchff.model.job_facts import JobFacts
from batchff.model.places import BlobPlace
from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.pipeline.names import (
    again_name,
    blob_path,
    checked_id,
    fingerprint,
    folder_name,
    input_blob,
    input_set_name,
    is_id,
    job_name,
    joined_names,
    log_prefix,
    media_prefix,
    node_prefix,
    output_blob,
    place_name,
    recipe_of,
    relative_path,
    retry_name,
    set_label,
    source_name,
    split_names,
    task_id,
)

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Any path that a file system can hand out: bytes, shown as text.
paths = (
    st.binary(min_size=1, max_size=200).filter(lambda name: b"\0" not in name).map(os.fsdecode)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
    | st.from_regex(r"[a-zA-Z./ -]{1,80}", fullmatch=True)
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def recipe(name: str, suffix: str, *arguments: str) -> Recipe:
    return Recipe(name, (Run(arguments),), (RecipeOutput(f"output{suffix}", suffix),))


@given(paths)
def test_a_task_id_is_one_that_the_service_takes(path: str) -> None:
    assert ID.fullmatch(task_id(path))


PRESETS = st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", fullmatch=True), unique=True)


@given(paths, PRESETS.filter(lambda names: len(names) > 1))
def test_which_recipe_a_files_task_is_of_is_known_by_its_id(path: str, names: list[str]) -> None:
    assert [recipe_of(task_id(path, name), path, names) for name in names] == names
    assert recipe_of(task_id(path), path, names) == ""
    assert recipe_of(task_id(path), path, names[:1]) == ""


@given(PRESETS)
def test_names_that_were_put_together_come_apart_again(names: list[str]) -> None:
    assert split_names(joined_names(names)) == tuple(names)


ids = st.from_regex(ID, fullmatch=True)


@given(ids, st.integers(1, 999))
def test_a_retrys_id_is_one_that_the_service_takes(job: str, number: int) -> None:
    assert ID.fullmatch(retry_name(job, number))


@given(ids, ids)
def test_different_jobs_have_different_retries(one: str, other: str) -> None:
    assume(one.lower() != other.lower())
    assert retry_name(one, 1).lower() != retry_name(other, 1).lower()


def test_a_retry_is_named_after_its_job() -> None:
    assert [retry_name("tour", number) for number in (1, 2, 3)] == [
        *("tour-retry", "tour-retry-2", "tour-retry-3"),
    ]


@given(paths, paths)
def test_different_paths_have_different_task_ids_also_without_case(one: str, other: str) -> None:
    assume(one != other)
    assert task_id(one).lower() != task_id(other).lower()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.mp4", "A.mp4"),
        ("a.mp4", "a.mov"),
        ("x/a.mp4", "y/a.mp4"),
        ("a b.mp4", "a-b.mp4"),
        (unicodedata.normalize("NFC", "é.mp4"), unicodedata.normalize("NFD", "é.mp4")),
        ("x" * 100 + "1.mp4", "x" * 100 + "2.mp4"),
    ],
)
def test_paths_that_look_alike_have_different_task_ids(one: str, other: str) -> None:
    assert task_id(one).lower() != task_id(other).lower()


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("a/Clip 1.b.MOV", "clip-1-b"),
        ("Café à la carte.mp4", "cafe-a-la-carte"),
        ("🎬.mp4", "file"),
        ("--.mp4", "file"),
        ("映画.mp4", "file"),
    ],
)
def test_a_task_id_can_be_read(path: str, slug: str) -> None:
    assert re.fullmatch(f"{slug}-[0-9a-f]{{12}}", task_id(path))


def test_a_task_id_never_changes() -> None:
    # A job of an earlier version is continued only while this stays so.
    assert task_id("a/Clip 1.mov") == "clip-1-b919b5ba4d8a"


@given(st.lists(paths.filter(lambda path: len(path) < 200), min_size=1, max_size=3))
def test_an_input_sets_name_is_a_valid_id_and_stays_the_same(given_paths: list[str]) -> None:
    folders = [Path("/videos", path.lstrip("/") or "x") for path in given_paths]
    name = input_set_name(folders)
    assert ID.fullmatch(name)
    assert input_set_name(folders) == name


def test_an_input_set_is_named_by_the_folder_itself_not_by_how_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "My Videos").mkdir()
    monkeypatch.chdir(tmp_path)
    name = input_set_name([Path("My Videos")])
    assert re.fullmatch(r"my-videos-[0-9a-f]{8}", name)
    assert input_set_name([tmp_path / "My Videos"]) == name
    assert input_set_name([Path("My Videos/../My Videos/")]) == name
    (tmp_path / "other" / "My Videos").mkdir(parents=True)
    assert input_set_name([Path("other/My Videos")]) != name


@given(texts, texts, texts, st.lists(texts, max_size=5))
def test_a_jobs_name_is_a_valid_id_and_stays_the_same(
    input_set: str, inputs: str, preset_name: str, arguments: list[str]
) -> None:
    recipes = [recipe(preset_name, ".mp3", *arguments)]
    name = job_name(input_set, inputs, recipes)
    assert ID.fullmatch(name)
    assert job_name(input_set, inputs, recipes) == name


def test_a_job_has_another_name_when_anything_it_is_made_of_differs() -> None:
    mp3 = recipe("mp3", ".mp3", "-vn", "-q:a", "2")
    others = [
        recipe("mp3", ".mp3", "-vn", "-q:a", "3"),
        recipe("mp3", ".mp3", "-vn", "-q:a 2"),
        recipe("mp3", ".mka", "-vn", "-q:a", "2"),
    ]
    names = [
        job_name("videos", "1", [mp3]),
        job_name("clips", "1", [mp3]),
        job_name("videos", "2", [mp3]),
        job_name("videos", "1", [mp3], naming="{name}"),
        *(job_name("videos", "1", [other]) for other in others),
        *(job_name("videos", "1", [mp3, other]) for other in others),
        *(job_name("videos", "1", [other, mp3]) for other in others),
    ]
    assert len(set(names)) == len(names)
    assert re.fullmatch(r"videos-mp3-[a-z2-7]{8}", names[0])
    assert job_name("videos-0e64655c", "1", [mp3]).startswith("videos-mp3-")


files = st.lists(st.tuples(paths, st.integers(0), texts), max_size=5)


def test_media_in_storage_is_named_by_its_place_with_any_sas() -> None:
    endpoint = "https://other.blob.core.windows.net"
    place = BlobPlace("media", "in/My Films", endpoint, "sig=old")
    name = place_name(place)
    assert name.startswith("my-films-")
    assert place_name(replace(place, sas="sig=new")) == name
    others = {
        place_name(each)
        for each in (
            replace(place, endpoint=""),
            replace(place, container="medias"),
            replace(place, prefix="My Films"),
        )
    }
    assert len(others | {name}) == 4
    assert is_id(place_name(BlobPlace("$web"))) and is_id(place_name(BlobPlace("media", "映画")))


@given(files, st.randoms())
def test_a_fingerprint_doesnt_depend_on_the_order(
    found: list[tuple[str, int, str]], random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fingerprint(shuffled) == fingerprint(found)


def test_a_fingerprint_differs_for_another_name_size_or_version() -> None:
    files = [("a", 1, "t"), ("b", 1, "t"), ("a", 2, "t"), ("a", 1, "u")]
    assert len({fingerprint([file]) for file in files}) == len(files)


def test_blobs_are_named_by_set_or_job_and_path() -> None:
    assert input_blob("videos", "a/b.mp4") == "videos/a/b.mp4"
    assert media_prefix("job") == "job/media/"
    assert log_prefix("job", "task") == "job/logs/task/"
    assert node_prefix("job") == "job/node/"


@pytest.mark.parametrize("name", ["a", "My_job-1", "x" * 64])
def test_an_id_that_the_service_takes_is_returned(name: str) -> None:
    assert checked_id(name, "--job") == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a/b", "..", "é", "a\n", "a.b"])
def test_an_id_that_the_service_refuses_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="--job: .* can't be an id") as raised:
        checked_id(name, "--job")
    assert raised.value.exit_code is ExitCode.USAGE


@given(texts)
def test_a_blobs_name_leads_back_to_the_path(path: str) -> None:
    assert relative_path(blob_path(path)) == path


@given(texts)
def test_a_blobs_name_holds_only_what_the_service_takes(path: str) -> None:
    name = blob_path(path)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\\]", name)
    assert not any(part.endswith(".") for part in name.split("/"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("archive/été 100% #1 🎬.mp4", "archive/été 100% #1 🎬.mp4"),
        ("two\nlines.mp4", "two%0Alines.mp4"),
        ("a\\b.mp4", "a%5Cb.mp4"),
        ("season 1./a.mp4", "season 1%2E/a.mp4"),
        ("100%25.mp4", "100%2525.mp4"),
    ],
)
def test_a_blob_is_called_what_its_file_is_wherever_it_can_be(path: str, name: str) -> None:
    assert input_blob("set", path) == f"set/{name}"
    assert output_blob("job", path) == f"job/media/{name}"


@pytest.mark.parametrize("cut", ["", "0s-1m", "1m10s-end"])
def test_a_tasks_id_tells_its_recipe_whatever_part_of_the_file_it_is_for(cut: str) -> None:
    names = ("mp3", "h264-720", "h264-480")
    for recipe in names:
        task = task_id("a/" + "very long name " * 9 + ".mov", recipe, cut)
        assert ID.fullmatch(task)
        assert recipe_of(task, "a/" + "very long name " * 9 + ".mov", names) == recipe
    assert len({task_id("a.mov", "mp3", part) for part in ("", "0s-1m", "1m-2m")}) == 3


@pytest.mark.parametrize(
    ("input_set", "label"),
    [("videos-0e64655c", "videos"), ("talks", "talks"), ("a-0e64655c-b", "a-0e64655c-b")],
)
def test_the_label_of_an_input_set_is_the_same_on_any_machine(input_set: str, label: str) -> None:
    assert set_label(input_set) == label


def test_a_set_of_several_files_is_called_by_their_folder(tmp_path: Path) -> None:
    files = [tmp_path / "tour" / name for name in ("a.mov", "b.mov")]
    files[0].parent.mkdir()
    for path in files:
        path.write_bytes(b"media")
    assert set_label(input_set_name(files)) == "tour"
    assert set_label(input_set_name(files[:1])) == "a-mov"


def test_a_job_that_is_made_again_gets_a_number() -> None:
    assert again_name("tour", 1) == "tour-again"
    assert again_name("tour", 2) == "tour-again-2"
    long = again_name("x" * 64, 2)
    assert (len(long), long.endswith("-again-2")) == (64, True)
    assert again_name("x" * 63 + "y", 2) != long


def test_the_folder_of_outputs_is_called_by_source_and_presets() -> None:
    assert folder_name("videos-0e64655c", "mp3+h264") == "videos-mp3-h264"
    assert source_name(JobFacts(input_set="videos-0e64655c")) == "videos-0e64655c"
    assert set_label(source_name(JobFacts(source="media/in/tour"))) == "tour"
