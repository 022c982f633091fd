from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.recipes import OF_A_CHUNK
from batchff.model.items import Cut, Item, NodeFile
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.chunks.open import Opener, OpenSource
from batchff.pipeline.chunks.plan import Cutter, FilmCut
from batchff.pipeline.job.graph import in_order, work_of
from tests.pipeline.chunks.films import JOB, SPEC, item_of, make_film, recipe_for


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "A Film.mp4")


@pytest.fixture(scope="module")
def recipe(film: Path) -> Recipe:
    return recipe_for(film)


@pytest.fixture
def item(film: Path, recipe: Recipe) -> Item:
    return item_of(film, recipe)


def opening(film: Path) -> Opener:
    @contextmanager
    def open_source(item: Item) -> Iterator[OpenSource]:
        content = film.read_bytes()
        yield OpenSource(lambda start, length: content[start : start + length], len(content))

    return open_source


def cutter(film: Path, recipe: Recipe, seconds: float | None = 2.0) -> Cutter:
    return Cutter(JOB, [recipe], seconds, opening(film))


def test_a_film_becomes_chunks_the_rest_and_a_task_that_joins_them(
    film: Path, recipe: Recipe, item: Item
) -> None:
    cut = cutter(film, recipe)
    (chunked,) = cut.cut((item,), SPEC)

    rest, *chunks, join = chunked.tasks
    assert cut.decided == [FilmCut("A Film.mp4", 3)]
    assert [task.cut for task in chunks] == [
        Cut(None, Decimal("2.000000")),
        Cut(Decimal("2.000000"), Decimal("4.000000")),
        Cut(Decimal("4.000000"), None),
    ]
    # By its id, and by the recipe that it's of, the outputs are found as if it were encoded whole.
    assert (join.id, join.makes, join.recipe) == (item.tasks[0].id, (0,), 0)
    assert join.depends_on == (rest.id, *(task.id for task in chunks))
    assert join.work and rest.work
    assert join.work.sends == work_of(item, item.tasks[0], [recipe]).sends
    assert in_order(chunked.tasks)[-1].id == join.id
    assert all(not task.makes for task in (rest, *chunks))
    assert [recipe.name for recipe in cut.recipes] == ["h264", "h264" + OF_A_CHUNK]
    assert {task.recipe for task in chunks} == {1}


def test_names_are_plain_and_ids_short(film: Path, recipe: Recipe, item: Item) -> None:
    (chunked,) = cutter(film, recipe).cut((item,), SPEC)
    rest, first, *_, join = chunked.tasks
    assert all(len(task.id) <= 40 for task in (rest, first))
    assert len({task.id.lower() for task in chunked.tasks}) == len(chunked.tasks)
    prefix = f"{JOB}/chunks/{join.id}"
    assert first.work and rest.work and join.work
    assert first.work.command.startswith("sh encode.sh input.mp4 ")
    assert first.work.fetches == (NodeFile("input.mp4", f"{prefix}/source/0000"),)
    assert first.work.sends == (NodeFile("made/chunk.mp4", f"{prefix}/film/0000.mp4"),)
    assert rest.work.sends == (NodeFile("made/film.mp4", f"{prefix}/film/rest.mp4"),)
    assert join.work.command == f"sh join.sh 3 rest.mp4 .mp4 chunks/{prefix}/film 150 {item.size}"
    assert join.work.fetches == (
        NodeFile("join.sh", f"{JOB}/node/join.sh"),
        NodeFile("chunks", f"{prefix}/film/", is_folder=True),
    )


def test_more_than_1000_chunks_are_joined_in_two_steps(tmp_path: Path) -> None:
    film = make_film(tmp_path / "a film of many chunks.mp4", seconds=404, rate=5, keys=1)
    recipe = recipe_for(film)
    (chunked,) = cutter(film, recipe, seconds=0.2).cut((item_of(film, recipe, 404.0),), SPEC)

    rest, *chunks, one, two, three, join = chunked.tasks

    assert [len(each.depends_on) for each in (one, two, three)] == [673, 673, 674]
    assert [task.id for task in chunks] == [*one.depends_on, *two.depends_on, *three.depends_on]
    assert join.depends_on == (rest.id, one.id, two.id, three.id)
    assert all(len(task.id) <= 40 for task in chunked.tasks)
    prefix = f"{JOB}/chunks/{join.id}"
    assert two.work and join.work and chunks[673].work
    assert chunks[673].work.sends == (NodeFile("made/chunk.mp4", f"{prefix}/part-01/0673.mp4"),)
    assert two.work.command == f"sh join.sh -from 673 673 - .mp4 chunks/{prefix}/part-01"
    assert two.work.sends == (NodeFile("made/chunk.mp4", f"{prefix}/film/0001.mp4"),)
    assert (
        join.work.command == f"sh join.sh 3 rest.mp4 .mp4 chunks/{prefix}/film 2020 {chunked.size}"
    )


def test_what_a_task_weighs_is_what_it_encodes(film: Path, recipe: Recipe, item: Item) -> None:
    (chunked,) = cutter(film, recipe).cut((item,), SPEC)
    assert [chunked.seconds_of(task) for task in chunked.tasks] == [1.0, 2.0, 2.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("spec", "files", "seconds", "is_cut"),
    [
        (SPEC, 1, 240.0, True),
        (replace(SPEC, nodes=1), 1, 240.0, False),  # ffmpeg has all its processors already
        (SPEC, 12, 240.0, False),  # there are as many files as slots
        (SPEC, 1, 100.0, False),  # it's too short
    ],
)
def test_by_itself_a_long_film_is_cut_where_slots_are_free(
    recipe: Recipe, item: Item, spec: PoolSpec, files: int, seconds: float, is_cut: bool
) -> None:
    asked = []

    @contextmanager
    def refuse(item: Item) -> Iterator[OpenSource]:
        asked.append(item)
        raise CannotCut("for a test")
        yield

    cut = Cutter(JOB, [recipe], None, refuse)
    items = (replace(item, seconds=seconds),) * files

    assert cut.cut(items, spec) == items
    assert len(asked) == is_cut
    assert cut.decided == [FilmCut(item.relative, 0, "for a test")] * is_cut


def test_by_itself_no_chunk_has_few_pictures(tmp_path: Path) -> None:
    film = make_film(tmp_path / "street.mp4", seconds=240, rate=5)
    recipe = recipe_for(film)
    cut = cutter(film, recipe, seconds=None)

    (chunked,) = cut.cut((item_of(film, recipe, seconds=240.0),), SPEC)

    # 30 s would do for films of 25 pictures a second.
    assert [task.cut for task in chunked.tasks[1:-1]] == [
        Cut(None, Decimal("150.000000")),
        Cut(Decimal("150.000000"), None),
    ]


def test_nothing_is_cut_where_that_is_said(film: Path, recipe: Recipe, item: Item) -> None:
    assert cutter(film, recipe, seconds=0).cut((item,), SPEC) == (item,)


def test_what_makes_no_film_is_left_alone_without_a_word(film: Path) -> None:
    recipe = recipe_for(film, "mp3")
    item = item_of(film, recipe)
    cut = cutter(film, recipe)
    assert cut.cut((item,), SPEC) == (item,)
    assert cut.decided == []


def test_why_a_film_is_encoded_whole_is_said(recipe: Recipe, item: Item, tmp_path: Path) -> None:
    broken = tmp_path / "a.avi"
    broken.write_bytes(b"RIFF" + bytes(100))
    cut = cutter(broken, recipe)
    assert cut.cut((item,), SPEC) == (item,)
    assert [(each.chunks, bool(each.reason)) for each in cut.decided] == [(0, True)]
