from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batchff.emulator import launch
from batchff.model.inspection import Inspection, read_inspected
from tests.cli.test_startup import loaded_by
from tests.commands import CLIPS, Batchff
from tests.media_sources import MediaSource

pytestmark = pytest.mark.xdist_group("inspection")

CLIPS_SHOWN = """\
Harbour At Dusk.MOV: mov/mp4, 4.0 s, 99.7 KiB
  video       0  h264 320x180 24 fps yuv420p, default
  audio       1  aac stereo 48 kHz, default
archive/interview.mkv: matroska/webm, 5.0 s, 47.2 KiB
  video       0  h264 320x180 30 fps yuv420p
  audio       1  aac stereo 48 kHz
city.mp4: mov/mp4, 3.0 s, 71.3 KiB
  video       0  h264 320x180 25 fps yuv420p, default
  audio       1  aac stereo 44.1 kHz, default
"""


def test_a_folder_is_shown_file_by_file_and_needs_no_account(run: Batchff) -> None:
    outcome = run("inspect", CLIPS)

    assert (outcome.code, outcome.out) == (0, CLIPS_SHOWN)
    assert outcome.err == "3 files inspected\n"
    assert not launch.status(launch.default_root()).running


def test_what_is_wrong_is_said_and_ends_with_3(
    run: Batchff, media_source: MediaSource, tmp_path: Path
) -> None:
    for name in ("cut.mp4", "no-index.mp4", "base.mp4"):
        shutil.copy(media_source(name), tmp_path)
    (tmp_path / "empty.mp4").touch()

    outcome = run("inspect", tmp_path, "--exclude", "home")

    assert outcome.code == 3
    assert (
        "cut.mp4: mov/mp4, 4.0 s, 8.1 KiB\n  ! 1.2 of 4.0 s: the file is cut off\n" in outcome.out
    )
    assert "empty.mp4: can't be used: it's empty (0 bytes)\n" in outcome.out
    assert (
        "no-index.mp4: can't be used: no moov atom: the recording was cut off before it was "
        "finished\n"
    ) in outcome.out


def test_json_has_everything(run: Batchff, media_source: MediaSource) -> None:
    outcome = run("--json", "inspect", media_source("tracks.mkv"), media_source("text.mp3"))

    assert outcome.code == 3
    text, tracks = outcome.result["files"]
    assert (text["reason"], text["inspection"]) == ("it's a text, not media", None)
    assert (tracks["reason"], tracks["size"]) == (None, media_source("tracks.mkv").stat().st_size)
    assert [stream["language"] for stream in tracks["inspection"]["streams"]] == [
        *("", "fre", "eng", ""),
    ]
    assert outcome.result["problems"] == 1
    kinds = [event["event"] for event in outcome.events]
    assert kinds == ["inspect.started", "inspect.file", "inspect.file", "inspect.ended", "result"]


def test_its_json_can_be_read_as_an_inspection(run: Batchff) -> None:
    import json

    outcome = run("--json", "inspect", CLIPS / "city.mp4")
    line = json.dumps(outcome.result["files"][0]["inspection"])

    assert isinstance(read_inspected(line), Inspection)


def test_globs_choose_files(run: Batchff) -> None:
    outcome = run("inspect", CLIPS, "--include", "*.mkv", "--include", "*.nothing")

    assert outcome.out.count("\n") == 3
    assert outcome.err == "warning: --include '*.nothing' matches no file\n1 file inspected\n"


def test_media_in_storage_is_looked_into_where_it_is(batchff: Batchff) -> None:
    uploaded = batchff("--json", "upload", CLIPS, "--to", "clips").result

    outcome = batchff("inspect", f"az://{uploaded['container']}/clips")

    assert (outcome.code, outcome.out) == (0, CLIPS_SHOWN)


def test_neither_azure_nor_pyav_is_loaded() -> None:
    loaded = loaded_by("inspect", str(CLIPS))

    assert not [name for name in loaded if name.split(".")[0] in ("azure", "av", "rich")]
