"""Several presets in one command: each file is uploaded once, and each preset is a task of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from batchff.cloud.storage import Storage
from tests.commands import CLIPS, Batchff

PRESETS = ("--preset", "hls", "--preset", "wav16k", "--preset", "contact-sheet")


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_one_upload_and_one_pool_make_a_folder_a_sound_and_a_picture(
    batchff: Batchff, storage: Storage
) -> None:
    Path("films").mkdir()
    shutil.copy(CLIPS / "city.mp4", "films/it's 1.mp4")

    done = batchff("--json", "submit", "films", *PRESETS, "--out", "made")

    assert done.code == 0, done.err
    assert len([each for each in done.events if each["event"] == "upload.file"]) == 1
    assert (done.result["succeeded"], done.result["outputs"]) == (1, 3)
    assert done.result["tasks"]["succeeded"] == 3
    made = below(Path("made"))
    assert {"it's 1.wav", "it's 1.jpg", "it's 1/master.m3u8"} < made
    assert any(name.endswith(".m4s") for name in made)
    named = Path("made/it's 1/master.m3u8").read_text().splitlines()
    for playlist in (line for line in named if line and not line.startswith("#")):
        assert f"it's 1/{playlist}" in made

    # A folder is the same or another: it's never mixed with what is there.
    job = done.result["job"]
    Path("made/it's 1/master.m3u8").unlink()
    refused = batchff("download", job, "--to", "made")
    assert refused.code == 1
    assert "is there already, and has other files" in refused.err
    again = batchff("--json", "download", job, "--to", "made", "--overwrite")
    assert again.code == 0, again.err
    assert below(Path("made")) == made

    assert batchff("cleanup", job, "--pool", "--inputs", "--outputs", "--yes").code == 0
    assert not list(storage.list_blobs(os.environ["BATCHFF_OUTPUT_CONTAINER"]))


def test_outputs_are_called_by_a_template(batchff: Batchff) -> None:
    Path("films").mkdir()
    shutil.copy(CLIPS / "city.mp4", "films/a.mp4")
    words = ["--preset", "mp3", "--preset", "opus", "--name", "{preset}/{stem}.{suffix}"]

    done = batchff("--json", "submit", "films", *words, "--out", "made")

    assert done.code == 0, done.err
    assert below(Path("made")) == {"mp3/a.mp3", "opus/a.opus"}


def test_each_source_of_a_line_with_several_outputs_has_a_folder(batchff: Batchff) -> None:
    Path("films").mkdir()
    shutil.copy(CLIPS / "city.mp4", "films/a.mp4")
    line = ["-i", "{input}", "-vf", "scale=64:-2", "small.mp4", "-map", "0:a", "sound.opus"]

    done = batchff("--json", "submit", "films", "--out", "made", "--", *line)

    assert done.code == 0, done.err
    assert below(Path("made")) == {"a/small.mp4", "a/sound.opus"}
