"""One bad file stops no other: it fails by itself, before anything of it is sent."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.commands import CLIPS, Batchff

REASONS = {
    "empty.mp4": "it's empty (0 bytes)",
    "gone.mp4": "No such file or directory",
    "list.mp4": "it's a playlist that names other files",
}


def fill() -> None:
    Path("films").mkdir()
    shutil.copy(CLIPS / "city.mp4", "films/good.mp4")
    Path("films/empty.mp4").touch()
    Path("films/gone.mp4").symlink_to("nowhere")
    Path("films/list.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/a.ts\n")


def test_good_files_are_encoded_and_bad_ones_told_everywhere(batchff: Batchff) -> None:
    fill()
    done = batchff("--json", "submit", "films", "--out", "made")
    assert done.code == 3, done.err
    assert [path.name for path in Path("made").iterdir()] == ["good.mp3"]
    assert (done.result["succeeded"], done.result["failed"]) == (1, 3)
    told = {each["file"]: each["reason"] for each in done.result["not_encoded"]}
    assert told == REASONS
    events = [each for each in done.events if each["event"] == "file.not_encoded"]
    assert {each["file"]: each["reason"] for each in events} == REASONS
    sent = [each["file"] for each in done.events if each["event"] == "upload.file"]
    assert sent == ["good.mp4"]
    job = done.result["job"]

    # Another machine knows them by the job's plan alone.
    watched = batchff("watch", job)
    assert watched.code == 3
    for name, reason in REASONS.items():
        assert f"failed: {name}: {reason}" in watched.err
    assert watched.out == f"job {job}: 1 encoded, 3 failed\n"
    assert batchff("--json", "job", "show", job).result["not_encoded"] == [
        {"file": name, "reason": REASONS[name], "is_partly": False, "is_salvageable": False}
        for name in sorted(REASONS)
    ]
    shown = batchff("job", "show", job).out
    assert "empty.mp4: it's empty (0 bytes)" in shown

    again = batchff("submit", "films", "--out", "made")
    assert again.code == 3
    assert "was done before" in again.err


def test_with_fail_fast_a_bad_file_stops_all_before_anything_is_sent(batchff: Batchff) -> None:
    fill()
    done = batchff("submit", "films", "--fail-fast")
    assert done.code == 1
    assert "3 files can't be encoded: 'empty.mp4': it's empty (0 bytes); " in done.err


def test_an_upload_sends_the_good_files_and_a_dry_run_tells_the_bad_ones(
    batchff: Batchff,
) -> None:
    fill()
    planned = batchff("submit", "films", "--dry-run")
    assert planned.code == 0
    assert "empty.mp4: it's empty (0 bytes); gone.mp4: No such file or directory" in planned.out
    sent = batchff("--json", "upload", "films")
    assert sent.code == 3
    assert sent.result["files"] == 1
