from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from batchff.model.files import BlobInfo
from batchff.model.items import Beside, Cut
from batchff.model.recipes import Run
from batchff.pipeline import fingerprints
from batchff.pipeline.fingerprints import (
    content_in,
    content_of,
    ffmpeg_generation,
    made_by,
    read_verdict,
    size_of,
    verdict_of,
    version_of,
)
from tests.pipeline.planned import RECIPES, items_of

(ITEM,) = items_of("videos-0e64655c", "a b/$(x) ü.mov")
(TASK,) = ITEM.tasks
MADE_BY = made_by(ITEM, TASK, RECIPES)


def test_a_verdicts_name_is_read_as_it_was_written_and_has_no_name_of_a_file() -> None:
    item = replace(ITEM, content=content_of(7, "0f" * 16))
    verdict = verdict_of(item, TASK, RECIPES, "videos-0e64655c", "9", "videos-mp3")
    assert read_verdict(verdict.blob) == verdict
    assert (verdict.label, verdict.job, verdict.task) == ("videos", "videos-mp3", TASK.id)
    assert verdict.blob.startswith(".done/videos/")
    assert set("$ ()ü").isdisjoint(verdict.blob)


@pytest.mark.parametrize("blob", ["videos-mp3/media/a.mp3", ".done/videos/a", ".done/"])
def test_other_blobs_are_no_verdicts(blob: str) -> None:
    assert read_verdict(blob) is None


def test_what_changes_a_result_changes_what_its_made_by(monkeypatch: pytest.MonkeyPatch) -> None:
    (recipe,) = RECIPES
    others = (
        made_by(ITEM, TASK, (replace(recipe, runs=(Run(("-i", "{input}", "x.mp3")),)),)),
        made_by(ITEM, replace(TASK, cut=Cut(Decimal(1), Decimal(2))), RECIPES),
        made_by(replace(ITEM, relative="a.mkv"), TASK, RECIPES),
        made_by(
            replace(ITEM, beside=(Beside("with-0.srt", "set/.with/0/a.srt", 5),)), TASK, RECIPES
        ),
    )
    monkeypatch.setattr(fingerprints, "RECIPE_VERSION", 0)
    assert len({MADE_BY, *others, made_by(ITEM, TASK, RECIPES)}) == len(others) + 2


def test_what_a_file_is_called_changes_no_result_but_its_suffix_may() -> None:
    assert made_by(replace(ITEM, relative="other.mov"), TASK, RECIPES) == MADE_BY


@pytest.mark.parametrize(
    ("version", "source", "generation"),
    [
        ("n9.0.2-17-g2a571b6068", "image", "9"),
        ("7.0.2-static", "url", "7"),
        ("6.1", "bundled", "6"),
        ("", "apt", "apt"),
        ("N-12345-gabcdef", "url", "url"),
    ],
)
def test_an_ffmpeg_is_told_by_its_major_version_or_by_where_its_from(
    version: str, source: str, generation: str
) -> None:
    assert ffmpeg_generation(version, source) == generation


def test_content_is_told_by_md5s_or_else_by_etags_of_all_that_is_read() -> None:
    now = datetime.now(UTC)
    source = BlobInfo("set/a.mov", 7, now, md5=b"\1" * 16, etag="1")
    words = BlobInfo("set/.with/0/a.srt", 5, now, md5=b"\2" * 16)
    (plain,) = items_of("set", "a.mov", size=7)
    item = replace(plain, beside=(Beside("with-0.srt", words.name, 5),))
    blobs = {blob.name: blob for blob in (source, words)}

    assert content_in(plain, blobs) == content_of(7, "01" * 16)
    assert content_in(item, blobs) == content_of(7, "01" * 16, "02" * 16)
    other = replace(words, md5=b"\3" * 16)
    assert content_in(item, {**blobs, words.name: other}) != content_in(item, blobs)
    assert content_in(item, {source.name: source}) == ""
    assert size_of(content_in(item, blobs)) == 7

    assert version_of(None, "1", 7) != version_of(None, "2", 7)
    assert version_of(source.md5, "1", 7) == version_of(source.md5, "2", 7)


def test_what_is_no_content_has_no_size() -> None:
    assert [size_of(text) for text in ("", "x-1", "²-1")] == [-1, -1, -1]
