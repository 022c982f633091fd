from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import InputError
from batchff.model.items import Cut, Item, ItemTask, Output
from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.pipeline.names import blob_path, task_id
from batchff.pipeline.plan import InputFile, Piece, plan_items
from batchff.pipeline.sources import find_media
from tests.pipeline.test_sources import fill, names_of
from tests.recipes import preset_recipe

WILD_NAMES = [
    "two words.mp4",
    "it's.mp4",
    'say "cheese".mp4',
    "$(touch x).mp4",
    "`touch x`.mp4",
    "a;b.mp4",
    "100%.mp4",
    "%41.mp4",
    "#1.mp4",
    "a&b.mp4",
    "a?b.mp4",
    "a+b.mp4",
    "a\\b.mp4",
    "two\nlines.mp4",
    "\x1b[31mred.mp4",
    "-nostdin.mp4",
    "--.mp4",
    " .mp4",
    "a.b.mp4",
    "a..mp4",
    unicodedata.normalize("NFC", "café.mp4"),
    unicodedata.normalize("NFD", "café.mp4"),
    "🎬.mp4",
    "映画.mp4",
    "x" * 196 + ".mp4",
    "ü" * 98 + ".mp4",
]


@pytest.fixture
def mp3() -> Recipe:
    return preset_recipe("mp3")


def plan_of(relatives: list[str], *recipes: Recipe) -> tuple[Item, ...]:
    files = [InputFile(relative, 1) for relative in relatives]
    return plan_items(files, input_set="videos", job="job", recipes=recipes)


def test_wild_names_are_found_and_kept_to_the_letter(tmp_path: Path, mp3: Recipe) -> None:
    fill(tmp_path, *WILD_NAMES)
    found = find_media([tmp_path])
    assert sorted(names_of(found)) == sorted(WILD_NAMES)
    items = {item.relative: item for item in plan_of(names_of(found), mp3)}
    for name in WILD_NAMES:
        assert items[name].input_blob == f"videos/{blob_path(name)}"
        output = f"{name.removesuffix('.mp4')}.mp3"
        assert items[name].outputs[0].blob == f"job/media/{blob_path(output)}"
    ids = {item.tasks[0].id.lower() for item in items.values()}
    assert len(ids) == len(WILD_NAMES)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id_) for id_ in ids)


def test_an_item_says_what_a_file_is_called_everywhere(mp3: Recipe) -> None:
    (item,) = plan_of(["a/Clip 1.b.MOV"], mp3)
    assert item == Item(
        relative="a/Clip 1.b.MOV",
        size=1,
        input_blob="videos/a/Clip 1.b.MOV",
        outputs=(Output("a/Clip 1.b.mp3", "job/media/a/Clip 1.b.mp3"),),
        tasks=(ItemTask(task_id("a/Clip 1.b.MOV"), makes=(0,)),),
    )


def test_blobs_that_batchff_didnt_upload_keep_their_names(mp3: Recipe) -> None:
    (item,) = plan_items(
        [InputFile("a/100%41.mov", 1)],
        input_set="",
        job="job",
        recipes=[mp3],
        read_below="in/",
        write_below="x/",
    )
    assert item.input_blob == "in/a/100%41.mov"
    # An output's name leads back to its path, so a % before two digits is written as one of these.
    assert item.outputs == (Output("a/100%41.mp3", "x/a/100%2541.mp3"),)
    (top,) = plan_items(
        [InputFile("a.mov", 1)],
        input_set="",
        job="job",
        recipes=[mp3],
        read_below="",
        write_below="",
    )
    assert (top.input_blob, top.outputs[0].blob) == ("a.mov", "a.mp3")


def test_two_sources_of_one_output_are_refused(mp3: Recipe) -> None:
    with pytest.raises(InputError) as raised:
        plan_of(["a.mov", "b.mp4", "a.mp4"], mp3)
    assert raised.value.message == (
        "several files would write the same output: 'a.mov' and 'a.mp4' → 'a.mp3'"
    )
    assert (
        raised.value.hint
        == "name them otherwise with --keep-suffix or --name, or leave one out with --exclude"
    )


def test_files_of_one_name_in_two_folders_dont_collide(mp3: Recipe) -> None:
    outputs = [item.outputs[0].blob for item in plan_of(["x/a.mp4", "y/a.mp4"], mp3)]
    assert outputs == ["job/media/x/a.mp3", "job/media/y/a.mp3"]


def test_an_output_that_is_the_folder_of_another_is_refused(mp3: Recipe) -> None:
    with pytest.raises(InputError, match="'a.mov' and 'a.mp3/b.mov' → 'a.mp3'"):
        plan_of(["a.mov", "a.mp3/b.mov"], mp3)


@pytest.mark.parametrize(
    ("length", "fits"), [(1024 - len("job/media/"), True), (1025 - len("job/media/"), False)]
)
def test_a_path_has_to_fit_into_a_blobs_name(length: int, fits: bool, mp3: Recipe) -> None:
    relative = "d/" * 100 + "x" * (length - 204) + ".mp4"
    if fits:
        assert len(plan_of([relative], mp3)[0].outputs[0].blob) == 1024
    else:
        with pytest.raises(InputError, match="too long for a blob's name"):
            plan_of([relative], mp3)


@pytest.mark.parametrize("name", ["x" * 251 + ".au", "é" * 125 + "x.au"])
def test_an_output_has_to_fit_into_a_files_name(name: str) -> None:
    def named(suffix: str) -> Recipe:
        return Recipe("any", (Run(()),), (RecipeOutput(f"output{suffix}", suffix),))

    assert plan_of([f"d/{name}"], named(".mp3"))
    with pytest.raises(InputError, match="too long for a file"):
        plan_of([f"d/{name}"], named(".flac"))


relatives = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1),
    min_size=1,
    max_size=4,
).map("/".join)


@given(st.lists(relatives, unique=True, max_size=20), st.sampled_from(["mp3", "h264"]))
def test_every_item_of_a_plan_has_an_output_and_a_task_of_its_own(
    names: list[str], preset: str
) -> None:
    try:
        items = plan_of(names, preset_recipe(preset))
    except InputError:
        return
    distinct: list[Callable[[Item], str]] = [
        lambda item: item.tasks[0].id.lower(),
        lambda item: item.input_blob,
        lambda item: item.outputs[0].blob,
    ]
    for name_of in distinct:
        assert len({name_of(item) for item in items}) == len(names)


def test_of_a_file_with_several_parts_each_is_a_task_and_its_output_says_which(
    mp3: Recipe,
) -> None:
    parts = (Cut(end=Decimal(10)), Cut(Decimal(70), Decimal("100.5")))
    files = [
        InputFile("a.mov", 9, tuple(Piece(0, cut) for cut in parts)),
        InputFile("b.mov", 9, (Piece(0, Cut(Decimal(5))), Piece(1))),
        InputFile("c.mov", 9),
    ]
    recipes = (mp3, preset_recipe("wav16k"))
    first, second, third = plan_items(files, input_set="videos", job="job", recipes=recipes)
    names = ["a.0s-10s.mp3", "a.1m10s-1m40.5s.mp3"]
    assert [output.relative for output in first.outputs] == names
    assert [(task.makes, task.recipe, task.cut) for task in first.tasks] == [
        ((0,), 0, parts[0]),
        ((1,), 0, parts[1]),
    ]
    # Only one part of the file is made by this preset, so its name needs no part.
    assert [output.relative for output in second.outputs] == ["b.mp3", "b.wav"]
    assert [output.relative for output in third.outputs] == ["c.mp3", "c.wav"]
    ids = [task.id for item in (first, second, third) for task in item.tasks]
    assert len(set(ids)) == 6


def test_outputs_have_their_sources_time_where_that_is_kept(mp3: Recipe) -> None:
    files = [InputFile("a.mov", 9, modified_ns=1234)]
    (item,) = plan_items(files, input_set="videos", job="job", recipes=(mp3,))
    assert [output.modified_ns for output in item.outputs] == [1234]
