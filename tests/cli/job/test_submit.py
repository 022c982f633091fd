"""`batchff job submit`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from batchff.cloud.storage import Storage
from tests.commands import Batchff, Ran
from tests.media_sources import MediaSource
from tests.undecodable import undecodable


def test_a_job_needs_a_pool_and_an_input_set_that_exist(batchff: Batchff, clips: Path) -> None:
    no_set = batchff("job", "submit", "--input", "nowhere")
    assert no_set.code == 1
    assert "there is no input set 'nowhere'" in no_set.err

    batchff("upload", clips, "--to", "tour")
    no_pool = batchff("job", "submit", "--input", "tour", "--pool", "nowhere")
    assert no_pool.code == 1
    assert "there is no pool 'nowhere'" in no_pool.err


def looked_into(ran: Ran) -> list[str]:
    return sorted(event["file"] for event in ran.events if event["event"] == "inspect.file")


def test_what_is_stored_beside_the_inputs_isnt_looked_for_again(
    batchff: Batchff, clips: Path, storage: Storage
) -> None:
    batchff("pool", "create", "known")
    (clips / "notes.mp4").write_text("This is not a video.\n")
    batchff("upload", clips, "--to", "known")
    submit = ("--json", "job", "submit", "--input", "known", "--pool", "known", "--again", "--job")

    ran = batchff(*submit, "known")

    assert ran.code == 0
    assert (ran.result["files"], ran.result["tasks"]) == (3, 3)
    # What is no media is looked into again: it may have come whole since.
    assert looked_into(ran) == ["notes.mp4"]
    (bad,) = (event for event in ran.events if event["event"] == "file.not_encoded")
    assert (bad["file"], bad["reason"]) == ("notes.mp4", "it's a text, not media")

    container = os.environ["BATCHFF_INPUT_CONTAINER"]
    # What comes later from another program was never looked into.
    storage.upload_bytes(container, "known/later.mp4", (clips / "city.mp4").read_bytes(), {})
    more = batchff(*submit, "more")
    assert more.result["files"] == 4
    assert looked_into(more) == ["later.mp4", "notes.mp4"]

    storage.upload_bytes(container, "known/city.mp4", undecodable(), {})
    changed = batchff(*submit, "changed")
    assert looked_into(changed) == ["city.mp4", "later.mp4", "notes.mp4"], "it's another file now"


def test_audio_chooses_the_language(batchff: Batchff, media_source: MediaSource) -> None:
    batchff("pool", "create", "tongues")
    Path("films").mkdir()
    shutil.copy(media_source("tracks.mkv"), "films")
    batchff("upload", "films", "--to", "tongues")
    submit = ("--json", "job", "submit", "--input", "tongues", "--pool", "tongues")

    for words, chosen in (((), "stream 2 eng stereo"), (("--audio", "fr"), "stream 1 fre 5.1")):
        (fitted,) = (
            event for event in batchff(*submit, *words).events if event["event"] == "file.fitted"
        )
        assert fitted["choices"][0].startswith(f"sound: {chosen}")
