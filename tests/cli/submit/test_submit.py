from __future__ import annotations

import os
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from azure.batch import BatchClient

from batchff.cloud.storage import Storage
from tests.commands import Batchff
from tests.media import audio_codec, decoded_seconds
from tests.media_sources import MediaSource
from tests.silence import silence
from tests.undecodable import undecodable

SECONDS_OFF = 0.15
"""MP3 frames and encoder delay make an output a little longer than its source."""


def test_a_folder_of_clips_becomes_mp3s_of_the_same_length_in_the_same_tree(
    batchff: Batchff, clips: Path
) -> None:
    ran = batchff("--json", "submit", clips, "--out", "mp3s")

    assert ran.code == 0, ran
    assert ran.result["succeeded"] == ran.result["downloaded"] == 3
    made = {path.relative_to("mp3s").as_posix(): path for path in Path("mp3s").rglob("*.*")}
    assert sorted(made) == ["Harbour At Dusk.mp3", "archive/interview.mp3", "city.mp3"]
    for source in (path for path in clips.rglob("*.*") if path.suffix != ".md"):
        output = made[source.relative_to(clips).with_suffix(".mp3").as_posix()]
        assert audio_codec(output) == "mp3"
        assert decoded_seconds(output) == pytest.approx(decoded_seconds(source), abs=SECONDS_OFF)


def test_people_read_what_happened_and_where_the_outputs_are(batchff: Batchff, clips: Path) -> None:
    ran = batchff("submit", clips, "--job", "tour")

    assert ran.code == 0
    assert ran.out == "job tour: 3 encoded\nbatchff-output/clips-mp3\n"
    assert ran.err.startswith(
        "3 files inspected\n3 files, 218.2 KiB; left out: 1 not media\npool tour made\n"
    )
    done, removed, end = ran.err.partition("removed: pool tour\n")
    assert done.endswith("3 files encoded\n3 outputs downloaded\n") and removed
    assert re.fullmatch(
        r"218\.2 KiB in, [\d.]+ KiB out, took 0:\d\d(, [\d.]+x of real time)?\n"
        r"in the cloud: the uploads and the outputs; "
        r"remove with: batchff cleanup tour --inputs --outputs\n"
        r"report: batchff report tour\n",
        end,
    )
    assert sorted(os.listdir("batchff-output/clips-mp3")) == [
        "Harbour At Dusk.mp3",
        "archive",
        "city.mp3",
    ]


def test_the_h264_preset_makes_videos(batchff: Batchff, clips: Path) -> None:
    ran = batchff("--json", "submit", clips / "city.mp4", "--preset", "h264", "--out", "out")

    assert ran.code == 0
    assert decoded_seconds(Path("out/city.mp4")) == pytest.approx(
        decoded_seconds(clips / "city.mp4"), abs=SECONDS_OFF
    )


def test_ffmpegs_own_arguments_come_after_two_dashes(batchff: Batchff, clips: Path) -> None:
    ran = batchff(
        *("submit", clips / "city.mp4", "--out", "out", "--suffix", ".flac"),
        *("--", "-ss", "1", "-i", "{input}", "-vn", "-metadata", 'title=It\'s $(here); "100%"'),
    )

    assert ran.code == 0, ran
    assert audio_codec(Path("out/city.flac")) == "flac"
    assert decoded_seconds(Path("out/city.flac")) == pytest.approx(
        decoded_seconds(clips / "city.mp4") - 1, abs=SECONDS_OFF
    )


def test_several_paths_keep_their_folders_names_apart(batchff: Batchff, clips: Path) -> None:
    for folder in ("x", "y"):
        Path(folder).mkdir()
        shutil.copy(clips / "city.mp4", Path(folder, "a.mp4"))

    ran = batchff("submit", "x", "y", clips / "city.mp4", "--out", "out")

    assert ran.code == 0
    made = sorted(path.as_posix() for path in Path("out").rglob("*.mp3"))
    assert made == ["out/city.mp3", "out/x/a.mp3", "out/y/a.mp3"]


WILD_NAMES = [
    "a b.mp4",
    'quote\'s "both".mp4',
    "$(touch here);&|.mp4",
    "100%25 #1 & more?.mp4",
    "new\nline.mp4",
    "-dash.mp4",
    "a.b.mp4",
    unicodedata.normalize("NFC", "été.mp4"),
    unicodedata.normalize("NFD", "été.mp4"),
    "🎬 film.MP4",
    "n" * 196 + ".mp4",
    "tab\tand\\backslash.mp4",
]


def test_names_of_any_kind_come_through_unchanged(batchff: Batchff, one_clip: Path) -> None:
    folder = Path("wild")
    folder.mkdir()
    for name in WILD_NAMES:
        shutil.copy(one_clip / "short.wav", folder / name)
    shutil.copy(one_clip / "short.wav", Path("-first"))

    ran = batchff("--json", "submit", folder, "--out", "out")

    assert ran.code == 0, ran.result
    made = sorted(os.listdir("out"))
    assert made == sorted(f"{name.rpartition('.')[0]}.mp3" for name in WILD_NAMES)
    assert not Path("here").exists()


def test_a_file_that_is_no_media_fails_alone_and_is_not_sent(
    batchff: Batchff, clips: Path, storage: Storage
) -> None:
    (clips / "notes.mp4").write_text("This is not a video.\n")

    ran = batchff("submit", clips, "--out", "out")

    assert ran.code == 3
    assert ran.out == f"job {_job(ran.out)}: 3 encoded, 1 failed\nout\n"
    assert "failed: notes.mp4: it's a text, not media\n" in ran.err
    assert "repair them, and give the command again\n" in ran.err
    assert len(list(Path("out").rglob("*.mp3"))) == 3
    sent = [blob.name for blob in storage.list_blobs(os.environ["BATCHFF_INPUT_CONTAINER"])]
    assert not any("notes" in name for name in sent)


def test_a_file_that_ffmpeg_cant_decode_fails_alone_and_says_why(
    batchff: Batchff, clips: Path
) -> None:
    (clips / "notes.mp4").write_bytes(undecodable())

    ran = batchff("submit", clips, "--out", "out")

    assert ran.code == 3
    assert ran.out == f"job {_job(ran.out)}: 3 encoded, 1 failed\nout\n"
    words = "ffmpeg failed on this input: it can't be decoded"
    assert f"failed: notes.mp4: {words}\n" in ran.err
    assert f"failed   1 × {words}: notes.mp4\n" in ran.err
    assert "Invalid data" not in ran.err, "ffmpeg's own words are for logs"
    assert len(ran.err.partition("3 outputs downloaded")[2].splitlines()) + 2 <= 11
    assert len(list(Path("out").rglob("*.mp3"))) == 3


def test_with_fail_fast_a_file_that_is_no_media_stops_all(
    batchff: Batchff, clips: Path, service: BatchClient
) -> None:
    (clips / "notes.mp4").write_text("This is not a video.\n")

    ran = batchff("submit", clips, "--job", "fast", "--fail-fast")

    assert (ran.code, ran.out) == (1, "")
    said = "error: 1 file can't be encoded: 'notes.mp4': it's a text, not media"
    assert ran.err.splitlines()[-1].startswith(said)
    assert "fast" not in {job.id for job in service.list_jobs()}


def test_what_of_a_file_isnt_in_its_output_is_told(
    batchff: Batchff, media_source: MediaSource
) -> None:
    Path("films").mkdir()
    for name in ("a.mkv", "b.mkv"):
        shutil.copy(media_source("tracks.mkv"), Path("films", name))

    ran = batchff("submit", "films", "--audio", "fr", "--out", "out")

    assert ran.code == 0, ran.err
    lost = "2 audio streams left out (eng stereo, mono)"
    assert ran.err.count(f"{lost}: a.mkv, b.mkv\n") == 1
    again = batchff("--json", "submit", "films", "--audio", "fr", "--out", "out")
    assert again.result["lacking"] == 2


def test_a_failure_is_data_for_scripts(batchff: Batchff, clips: Path) -> None:
    (clips / "notes.mp4").write_bytes(undecodable())

    ran = batchff("--json", "submit", clips, "--include", "notes.mp4")

    assert ran.code == 3
    (failure,) = ran.result["failures"]
    assert failure["file"] == "notes.mp4"
    assert failure["reason"] == "ffmpeg failed on this input: it can't be decoded"
    assert failure["exit_code"] == 12
    assert any("Invalid data" in line for line in failure["log"])


def test_the_same_command_again_finds_its_job_and_sends_nothing(
    batchff: Batchff, one_clip: Path
) -> None:
    first = batchff("--json", "submit", one_clip)
    again = batchff("--json", "submit", one_clip)

    assert again.code == 0
    assert again.result["job"] == first.result["job"]
    kinds = [event["event"] for event in again.events]
    assert "upload.file" not in kinds
    assert "pool.ready" not in kinds
    assert all(event["skipped"] for event in again.events if event["event"] == "download.file")


def test_a_changed_file_makes_another_job(batchff: Batchff, one_clip: Path) -> None:
    first = batchff("--json", "submit", one_clip)
    (one_clip / "short.wav").write_bytes(silence(0.2))
    second = batchff("--json", "submit", one_clip)

    assert second.result["job"] != first.result["job"]
    sent = [event for event in second.events if event["event"] == "upload.file"]
    assert [event["file"] for event in sent if not event["skipped"]] == ["short.wav"]


def test_a_detached_job_is_watched_and_downloaded_later(batchff: Batchff, one_clip: Path) -> None:
    submitted = batchff("--json", "submit", one_clip, "--job", "later", "--detach")
    assert submitted.code == 0
    assert submitted.result["job"] == "later"

    assert batchff("watch", "later").out == "job later: 1 encoded\n"
    assert batchff("download", "later", "--to", "home").out == "home\n"
    assert len(list(Path("home").rglob("*.mp3"))) == 1
    assert batchff("cleanup", "later", "--pool", "--yes").code == 0


def test_an_output_never_takes_the_place_of_its_source(batchff: Batchff, clips: Path) -> None:
    before = (clips / "city.mp4").read_bytes()

    ran = batchff("submit", clips, "--preset", "h264", "--out", clips)

    assert ran.code == 1
    assert "would take the place of" in ran.err
    assert (clips / "city.mp4").read_bytes() == before


def test_a_job_id_of_other_files_is_refused(batchff: Batchff, clips: Path) -> None:
    assert batchff("submit", clips / "city.mp4", "--job", "mine").code == 0

    ran = batchff("submit", clips, "--job", "mine")

    assert ran.code == 1
    assert "there is another job 'mine'" in ran.err


def test_nothing_is_made_for_input_that_is_refused(batchff: Batchff, clips: Path) -> None:
    shutil.copy(clips / "city.mp4", clips / "city.mov")

    ran = batchff("--json", "submit", clips)

    assert ran.code == 1
    assert [event["event"] for event in ran.events] == ["error"]
    message = "several files would write the same output: 'city.mov' and 'city.mp4' → 'city.mp3'"
    assert ran.error["message"] == message
    left = batchff("cleanup", "--all", "--dry-run").out
    assert os.environ["BATCHFF_INPUT_CONTAINER"] not in left


def _job(out: str) -> str:
    return out.removeprefix("job ").partition(":")[0]


def test_refused_arguments_are_told_once_and_no_file_is_to_be_mended(
    batchff: Batchff, one_clip: Path
) -> None:
    for number in range(12):
        shutil.copy(one_clip / "short.wav", one_clip / f"{number}.wav")
    words = ["--suffix", ".mp3", "--", "-vn", "-c:a", "libmp3lame", "-compression_level", "x"]

    ran = batchff("submit", one_clip, "--no-try", "--slots", "1", "--job", "typo", *words)

    assert ran.code == 3
    assert ran.err.count("failed:") == 1
    refused = "ffmpeg refuses its arguments: [libmp3lame] [Eval] Undefined constant or missing '('"
    assert ran.err.count(refused) == 2, "once as it happens, and once at the end"
    assert re.search(r"\nstopped: job typo: \d+ files failed as ", ran.err)
    assert ran.err.splitlines()[-4:] == [
        "see what ffmpeg said with: batchff logs typo",
        "the fault is in ffmpeg's arguments, not in the files",
        "check a preset of your own with: batchff preset check FILE",
        "then submit again, without --no-try; uploads are kept",
    ]
    assert "repair" not in ran.err and "retry" not in ran.err

    watched = batchff("--json", "watch", "typo")
    assert watched.code == 3
    (alike,) = (event for event in watched.events if event["event"] == "tasks.failed_alike")
    assert (alike["job"], alike["stopped"], alike["arguments_at_fault"]) == ("typo", True, True)
    failed = [event for event in watched.events if event["event"] == "task.failed"]
    assert len(failed) == watched.result["failed"] >= 5, "each is an event"
    assert watched.result["alike"][0]["tasks"] == alike["tasks"]
    shown = batchff("job", "show", "typo")
    assert "completed: its first files failed alike, by ffmpeg's arguments" in shown.out
    assert "the fault is in ffmpeg's arguments, not in the files" in shown.out
    assert "repair" not in shown.out and "retry" not in shown.out


@pytest.mark.usefixtures("account")
def test_files_that_cant_be_decoded_are_told_each_and_are_to_be_mended(batchff: Batchff) -> None:
    folder = Path("cut")
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.mp4").write_bytes(undecodable(1 + number / 10))

    ran = batchff("submit", folder, "--job", "cut")

    assert ran.code == 3
    assert ran.err.count("\nfailed: ") == 6
    assert (
        "failed   6 × ffmpeg failed on this input: it can't be decoded: 0.mp4, 1.mp4 and 4 more"
        in (ran.err)
    )
    assert "stopped" not in ran.err and "alike" not in ran.err
    assert "repair the files that ffmpeg fails on" in ran.err


def test_of_several_presets_the_one_that_failed_is_named(batchff: Batchff, clips: Path) -> None:
    (clips / "notes.mp4").write_bytes(undecodable())
    words = ["--preset", "mp3", "--preset", "opus", "--include", "notes.mp4"]

    ran = batchff("submit", clips, "--no-try", "--job", "two", *words)

    assert ran.code == 3
    assert ran.err.count("failed: notes.mp4 (mp3): ffmpeg failed on this input: ") == 1
    assert ran.err.count("failed: notes.mp4 (opus): ffmpeg failed on this input: ") == 1
    again = batchff("--json", "watch", "two")
    told = [event["preset"] for event in again.events if event["event"] == "task.failed"]
    assert sorted(told) == ["mp3", "opus"]
    assert [each["preset"] for each in again.result["failures"]].count("opus") == 1
    shown = batchff("--json", "job", "show", "two").result["failures"]
    assert sorted(each["preset"] for each in shown) == ["mp3", "opus"]
    logs = batchff("logs", "two").out
    assert "==> notes.mp4 (mp3): " in logs
    ambiguous = batchff("logs", "two", "notes.mp4")
    assert ambiguous.code == 2
    assert "'notes.mp4' has 2 tasks: notes-mp3-" in ambiguous.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--preset", "h264-nvenc"),
            "error: preset h264-nvenc needs an NVIDIA GPU, and the emulator's nodes are this "
            "machine, on which ffmpeg can't use one: ",
        ),
        (("--suffix", ".mp4", "--", "-c:v", "hevc_nvenc"), "error: the line needs an NVIDIA GPU"),
        (
            ("--ffmpeg", "bundled", "--suffix", ".m4a", "--", "-c:a", "libfdk_aac"),
            "error: ffmpeg 9.0.2 has no encoder 'libfdk_aac' (give the nodes one that has it",
        ),
        (("--pool", "kept", "--suffix", ".m4a", "--", "-c:a", "libfdk_aac"), "error: ffmpeg 9.0.2"),
    ],
)
def test_what_nodes_cant_run_is_refused_before_anything_is_sent(
    words: tuple[str, ...],
    said: str,
    batchff: Batchff,
    one_clip: Path,
    service: BatchClient,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batchff.pipeline.pool.gpu.nvidia_fault", lambda _: "no libcuda.so.1")

    ran = batchff("submit", one_clip, *words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(said)
    assert not [*service.list_jobs(), *service.list_pools()]
    assert storage.container(os.environ["BATCHFF_INPUT_CONTAINER"]) is None


def test_what_a_static_ffmpeg_may_have_is_sent_untried(batchff: Batchff, one_clip: Path) -> None:
    static = ("--ffmpeg", "https://example.org/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)
    ran = batchff(
        *("submit", one_clip, "--dry-run", *static, "--suffix", ".m4a", "--", "-c:a", "libfdk_aac")
    )
    assert ran.code == 0, ran.err
    assert ran.err == (
        "warning: not tried here: ffmpeg 9.0.2 has no encoder 'libfdk_aac'; the nodes' is from a "
        "URL\n"
        "1 file inspected\n"
    )


def test_that_the_nodes_have_another_ffmpeg_is_told_once(batchff: Batchff, one_clip: Path) -> None:
    static = ("--ffmpeg", "https://example.org/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)
    ran = batchff("submit", one_clip, "--dry-run", *static)
    assert ran.err == ("1 file inspected\ntried here with ffmpeg 9.0.2; the nodes' is from a URL\n")
