from __future__ import annotations

import os
from pathlib import Path

from tests.commands import Batchff
from tests.silence import silence
from tests.undecodable import undecodable


def test_what_failed_is_encoded_again_and_downloaded_with_the_rest(
    batchff: Batchff, one_clip: Path
) -> None:
    folder = one_clip
    (folder / "late.wav").write_bytes(undecodable())
    submit = ("submit", folder, "--job", "tour", "--keep-pool")
    first = batchff("--json", *submit)
    assert (first.code, first.result["failed"]) == (3, 1)
    advice = batchff(*submit).err.splitlines()[-3:]
    assert advice == [
        "see what ffmpeg said with: batchff logs tour",
        "repair the files that ffmpeg fails on, then: batchff upload PATH",
        "encode the repaired files with: batchff job retry tour",
    ]
    mended = Path("mended")
    mended.mkdir()
    (mended / "late.wav").write_bytes(silence())
    batchff("upload", mended, "--to", first.result["input_set"])

    ran = batchff("job", "retry", "tour", "--yes", "--task-timeout", "2h")

    assert (ran.code, ran.out) == (0, "tour-retry\n")
    assert "watch it with: batchff watch tour\n" in ran.err
    watched = batchff("watch", "tour")
    assert (watched.code, watched.out) == (0, "job tour: 2 encoded\n")
    assert batchff("watch", "tour-retry").out == "job tour-retry: 1 encoded\n"
    shown = batchff("job", "show", "tour").out
    assert "retried in   tour-retry (completed)\n" in shown
    assert "job retry" not in shown
    again = batchff("--json", *submit)
    assert (again.code, again.result["succeeded"], again.result["failed"]) == (0, 2, 0)
    assert batchff("download", "tour", "--to", "home").code == 0
    assert sorted(os.listdir("home")) == ["late.mp3", "short.mp3"]
    nothing = batchff("job", "retry", "tour", "--yes")
    assert nothing.out == "nothing in job tour needs to be encoded again\n"
    found = batchff("cleanup", "tour", "--pool", "--outputs", "--dry-run").out
    assert [line.split()[:2] for line in found.splitlines() if line.startswith("job")] == [
        ["job", "tour-retry"],
        ["job", "tour"],
    ]


def test_a_retry_asks_where_it_can(batchff: Batchff, one_clip: Path) -> None:
    (one_clip / "notes.mp4").write_bytes(undecodable())
    batchff("submit", one_clip, "--job", "asked")

    ran = batchff("job", "retry", "asked")

    assert ran.code == 2
    assert "give --yes" in ran.err
    assert batchff("watch", "asked-retry").code == 1, "there is no such job"
