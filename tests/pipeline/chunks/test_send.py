from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from batchff.cloud.storage import Storage
from batchff.errors import InputError
from batchff.model.items import Item
from batchff.pipeline.chunks.open import blob_opener, opener
from batchff.pipeline.chunks.plan import Cutter
from batchff.pipeline.chunks.send import has_parts, send_sources
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.parallel import StopFlag
from batchff.pipeline.sources import find_media
from tests.pipeline.chunks.films import SPEC, item_of, make_film, recipe_for
from tests.pipeline.planned import plan_of


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.mp4")


@pytest.fixture
def planned(film: Path, storage: Storage, tmp_path: Path) -> tuple[Item, JobPlan]:
    """A film's item, cut into three chunks, whose source is in storage."""
    recipe, job = recipe_for(film), tmp_path.name.replace("_", "-")
    cutter = Cutter(job, [recipe], 2.0, opener(find_media([film.parent]), "", None))
    (item,) = cutter.cut((item_of(film, recipe),), SPEC)
    plan = replace(plan_of(job, "film.mp4"), recipes=tuple(cutter.recipes))
    for container in (plan.input_container, plan.output_container):
        storage.ensure_container(container, {})
    storage.upload_bytes(plan.input_container, item.input_blob, film.read_bytes(), {})
    return item, plan


def sent(storage: Storage, plan: JobPlan) -> dict[str, bytes]:
    names = [
        blob.name for blob in storage.list_blobs(plan.output_container, f"{plan.folder}/chunks/")
    ]
    return {
        name.rpartition("/")[2]: storage.read_piece(plan.output_container, name, 0, 10_000_000)
        or b""
        for name in names
    }


@pytest.mark.parametrize("is_here", [True, False])
def test_each_chunk_is_a_film_of_its_own(
    is_here: bool, film: Path, planned: tuple[Item, JobPlan], storage: Storage, tmp_path: Path
) -> None:
    item, plan = planned
    local = opener(find_media([film.parent]), "", None)
    source = local if is_here else blob_opener(plan.input_container, storage)

    send_sources(item, plan, plan.input_container, source, storage, StopFlag())

    blobs = sent(storage, plan)
    assert sorted(blobs) == ["0000", "0001", "0002", "rest"]
    for name, content in blobs.items():
        path = tmp_path / name
        path.write_bytes(content)
        with av.open(str(path)) as container:
            pictures = sum(1 for _ in container.decode(video=0))
            assert pictures == (25 if name == "rest" else 50)
            assert len(container.streams.audio) == (name == "rest")
    assert has_parts(item, (), plan, storage)
    assert not has_parts(replace(item, content="other"), (), plan, storage)


def test_what_a_chunk_was_made_into_must_be_there_until_it_is_joined(
    planned: tuple[Item, JobPlan], storage: Storage
) -> None:
    item, plan = planned
    source = blob_opener(plan.input_container, storage)
    send_sources(item, plan, plan.input_container, source, storage, StopFlag())
    _, first, *_, join = item.tasks
    assert first.work
    [made] = first.work.sends

    assert not has_parts(item, (first.id,), plan, storage)
    storage.upload_bytes(plan.output_container, made.blob, b"a chunk", {})
    assert has_parts(item, (first.id,), plan, storage)
    storage.delete_blob(plan.output_container, made.blob)
    assert has_parts(item, (first.id, join.id), plan, storage)


def test_what_is_there_is_not_sent_again(planned: tuple[Item, JobPlan], storage: Storage) -> None:
    item, plan = planned
    source = blob_opener(plan.input_container, storage)
    send_sources(item, plan, plan.input_container, source, storage, StopFlag())
    names = [
        blob.name for blob in storage.list_blobs(plan.output_container, f"{plan.folder}/chunks/")
    ]
    before = {name: storage.blob_info(plan.output_container, name).etag for name in names}
    storage.delete_blob(plan.output_container, names[1])
    assert not has_parts(item, (), plan, storage)

    send_sources(item, plan, plan.input_container, source, storage, StopFlag())

    after = {name: storage.blob_info(plan.output_container, name).etag for name in names}
    assert [name for name in names if before[name] != after[name]] == [names[1]]


def test_a_source_that_is_another_one_now_is_told(
    film: Path, planned: tuple[Item, JobPlan], storage: Storage
) -> None:
    item, plan = planned
    make_film(film, seconds=3)
    with pytest.raises(InputError, match="can't be cut any more"):
        send_sources(
            item,
            plan,
            plan.input_container,
            opener(find_media([film.parent]), "", None),
            storage,
            StopFlag(),
        )


def test_an_item_without_chunks_needs_nothing(
    planned: tuple[Item, JobPlan], storage: Storage
) -> None:
    item, plan = planned
    whole = replace(item, tasks=(replace(item.tasks[-1], depends_on=(), work=None),))
    source = blob_opener(plan.input_container, storage)
    send_sources(whole, plan, plan.input_container, source, storage, StopFlag())
    assert sent(storage, plan) == {}
    assert has_parts(whole, (), plan, storage)
