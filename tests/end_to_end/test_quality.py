"""A quality and a size that are asked for, from the command line to the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.commands import CLIPS, Batchff
from tests.end_to_end.test_chunks import make_film

CLIP = CLIPS / "city.mp4"
FAST = ("--preset", "h264", "--set", "speed=ultrafast")


def test_a_film_gets_the_quality_and_a_report_says_by_which_crf(batchff: Batchff) -> None:
    outcome = batchff("submit", CLIP, *FAST, "--ssim", "0.95", "--out", "out")
    assert outcome.code == 0, outcome.err
    assert re.search(r" in, .* out, took .*, SSIM 0\.9[45]\d\d$", outcome.err, re.MULTILINE)
    [job] = [line.split()[1].rstrip(":") for line in outcome.out.splitlines() if "job " in line]

    assert ", SSIM 0.9" in batchff("watch", job).err
    shown = batchff("job", "show", job)
    assert "quality      city.mp4: SSIM 0.9" in shown.out
    [measured] = batchff("--json", "job", "show", job).result["measured"]
    assert abs(measured["quality"]["mean"] - 0.95) <= 0.00205
    assert measured["kept"] is None
    report = batchff("report", job, "--out", "report.json")
    assert report.code == 0, report.err
    [file] = json.loads(Path("report.json").read_text())["files"]
    [task] = file["tasks"]
    assert task["quality"]["target"] == 0.95
    page = batchff("report", job, "--out", "-").out
    assert "SSIM 0.9" in page
    assert " -crf CRF " in page


def test_a_source_that_is_kept_is_done(batchff: Batchff) -> None:
    words = ("submit", CLIP, *FAST, "--smaller-only", "--share", "90", "--out", "out")

    first = batchff(*words)
    again = batchff(*words)

    assert first.code == 0, first.err
    assert "0 encoded, 1 source kept" in first.out
    assert not Path("out", "city.mp4").exists()
    assert "city.mp4: not made: it would not be smaller enough, so its source is kept" in first.err
    assert "0 outputs downloaded; 1 source kept" in first.err
    assert " in, " not in first.err
    job = first.out.splitlines()[0].split()[1].rstrip(":")
    batchff("report", job, "--out", "report.json")
    known = json.loads(Path("report.json").read_text())
    assert (known["figures"]["kept"], known["figures"]["encoded"]) == (1, 0)
    [file] = known["files"]
    assert (file["state"], known["figures"]["outputs"]) == ("kept", 0)
    # It isn't encoded again, by the same job or by another one.
    assert again.code == 0, again.err
    assert not [line for line in again.err.splitlines() if "waiting" in line]
    other = batchff("--json", *words, "--job", "another")
    assert "done_before" in other.out
    assert other.result["done_before"] == 1


def test_chunks_have_their_own_crf_and_the_film_one_line(batchff: Batchff) -> None:
    make_film(Path("films/film.mp4"), seconds=6)

    outcome = batchff(
        "submit", "films", *FAST, "--ssim", "0.97", "--tolerance", "0.01", "--chunk", "2",
        "--smaller-only", "--out", "out",
    )  # fmt: skip

    assert outcome.code == 0, outcome.err
    [job] = [line.split()[1].rstrip(":") for line in outcome.out.splitlines() if "job " in line]
    [measured] = batchff("--json", "job", "show", job).result["measured"]
    assert measured["file"] == "film.mp4"
    assert measured["quality"]["chunks"] == 3
    assert abs(measured["quality"]["mean"] - 0.97) <= 0.0102
