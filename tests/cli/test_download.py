from __future__ import annotations

from pathlib import Path

from tests.commands import Batchff

"""MP3 frames and encoder delay make an output a little longer than its source."""


def test_a_download_says_that_tasks_are_still_to_end(batchff: Batchff, clips: Path) -> None:
    batchff("upload", clips, "--to", "early")
    batchff("pool", "create", "early-pool")
    slow = ("--suffix", ".mkv", "--", "-re", "-i", "{input}", "-c", "copy")
    job = batchff("--json", "job", "submit", "--input", "early", "--pool", "early-pool", *slow)

    ran = batchff("--json", "download", job.result["job"])

    assert ran.code == 0
    assert ran.result["unfinished"] > 0
    assert any(event["event"] == "warning" for event in ran.events)
