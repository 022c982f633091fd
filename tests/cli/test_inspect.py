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


def test_a_preset_says_what_it_chooses_loses_and_refuses(
    run: Batchff, media_source: MediaSource
) -> None:
    names = ("tracks.mkv", "text.mp3", "sound.wav", "base.mp4")
    outcome = run("inspect", *map(media_source, names), "--preset", "h264", "--preset", "mp3")

    assert outcome.code == 3
    told = [line for line in outcome.out.splitlines() if "→" in line or not line.startswith(" ")]
    assert [line.strip() for line in told if "→" in line] == [
        "→ h264: all of it",
        "→ mp3: all of it",
        "→ h264: fails: no video in it",
        "→ mp3: all of it",
        "→ h264: sound: stream 2 eng stereo, one of 3",
        "→ mp3: sound: stream 2 eng stereo, one of 3; 2 audio streams left out (fre 5.1(side), "
        "mono)",
    ]
    assert "text.mp3: can't be used: it's a text, not media" in told


def test_audio_chooses_the_language(run: Batchff, media_source: MediaSource) -> None:
    words = ("inspect", media_source("tracks.mkv"), "--preset", "mp3", "--audio")

    assert "→ mp3: sound: stream 1 fre 5.1(side), one of 3" in run(*words, "fr").out
    assert "→ mp3: sound: stream 2 eng stereo, one of 3" in run(*words, "en-GB").out


def test_a_file_of_which_a_preset_makes_nothing_ends_with_3(
    run: Batchff, media_source: MediaSource
) -> None:
    sound = media_source("sound.wav")

    assert run("inspect", sound).code == 0
    assert run("inspect", sound, "--preset", "mp3").code == 0
    assert run("inspect", sound, "--preset", "h264").code == 3


def test_a_line_says_what_it_makes(run: Batchff, media_source: MediaSource) -> None:
    tracks = media_source("tracks.mkv")

    outcome = run("--json", "inspect", tracks, "--", "-vn", "-c:a", "libopus", "a.opus")

    assert outcome.code == 0
    (becoming,) = outcome.result["files"][0]["becomes"]
    assert becoming["refused"] == ""
    assert becoming["choices"] == ["sound: stream 2 eng stereo, one of 3"]
    (arguments,) = becoming["runs"]
    assert arguments[arguments.index("-map") + 1] == "0:2"
    unasked = run("--json", "inspect", tracks).result["files"][0]
    assert unasked["becomes"] == []


def test_json_says_what_is_lost_and_refused(run: Batchff, media_source: MediaSource) -> None:
    outcome = run("--json", "inspect", *map(media_source, ("sound.wav", "tracks.mkv")))
    assert outcome.result["problems"] == 0

    words = ("--preset", "h264", "--preset", "mp3")
    outcome = run("--json", "inspect", *map(media_source, ("sound.wav", "tracks.mkv")), *words)

    assert outcome.result["problems"] == 1
    sound, tracks = (file["becomes"] for file in outcome.result["files"])
    assert [each["preset"] for each in sound] == ["h264", "mp3"]
    assert (sound[0]["refused"], sound[0]["runs"]) == ("no video in it", [])
    assert tracks[1]["lacks"] == ["2 audio streams left out (fre 5.1(side), mono)"]


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


def test_an_estimate_of_all_files_comes_with_what_is_in_them(batchff: Batchff, clips: Path) -> None:
    ran = batchff("--json", "inspect", clips, "--preset", "h264", "--estimate")
    found = ran.result["estimate"]
    assert (found["files"], found["tried"]) == (3, 3)
    assert found["bytes"]["low"] < found["bytes"]["likely"] < found["bytes"]["high"]

    shown = batchff("inspect", clips, "--preset", "h264", "--estimate")
    assert "\nestimate outputs of about " in shown.out

    refused = batchff("inspect", clips, "--estimate")
    assert refused.code == 2
    assert "none is named" in refused.err
