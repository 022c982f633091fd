"""`batchff report`, and `submit --report`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from azure.batch import BatchClient

from tests.commands import Batchff, Ran
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool
from tests.silence import silence

GOOD = "good <1>.wav"
BAD = "=bad.wav"
TEXT = "text.wav"


@pytest.fixture
def media(batchff: Batchff) -> Path:
    """Two good files, one of them with a name that is a trap, and one that is no media."""
    folder = Path("media")
    folder.mkdir()
    (folder / GOOD).write_bytes(silence())
    (folder / BAD).write_bytes(silence())
    (folder / TEXT).write_text("milk, bread")
    return folder


def submit(batchff: Batchff, media: Path, *words: object) -> Ran:
    """Submit the folder."""
    return batchff("submit", media, "--no-try", "--preset", "mp3", *words)


def rows(path: Path) -> dict[str, dict[str, str]]:
    text = path.read_text("utf-8-sig")
    return {row["file"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_a_submit_writes_its_report_also_where_files_failed(batchff: Batchff, media: Path) -> None:
    ran = submit(batchff, media, "--report", "r.csv", "--json")
    assert ran.code == 3
    assert ran.result["report"] == "r.csv"
    found = rows(Path("r.csv"))
    assert found.keys() == {GOOD, f"'{BAD}", TEXT}
    good = found[GOOD]
    assert (good["state"], good["nodes"], good["attempts"]) == ("encoded", "n1", "1")
    assert int(good["bytes_in"]) == (media / GOOD).stat().st_size
    assert int(good["bytes_out"]) > 0 and float(good["seconds"]) > 0
    assert (found[TEXT]["state"], found[TEXT]["reason"]) == (
        "not encoded",
        "it's a text, not media",
    )

    again = submit(batchff, media, "--report", "again.html")
    assert again.out.splitlines()[-1] == "again.html"
    assert "good &lt;1&gt;.wav" in Path("again.html").read_text()


def test_a_report_of_a_job_whose_pool_is_gone_has_its_nodes_and_the_command(
    batchff: Batchff, media: Path
) -> None:
    submit(batchff, media)
    report = batchff("report", "--json").result
    assert report["written"] == "" and not list(Path().glob("*.html"))
    assert report["how"]["command"] == "batchff submit media --no-try --preset mp3"
    assert not report["how"]["pool_exists"]
    assert report["how"]["arguments"][0]["lines"][0].startswith("ffmpeg -i INPUT")
    assert report["how"]["logs_at"].startswith("az://")
    (node,) = report["nodes"]
    assert node["allocated"] <= node["ready"] <= node["until"]
    assert node["tasks"] == 2
    assert [stage["stage"] for stage in report["stages"]][-2:] == ["encode", "download"]
    assert report["is_over"]
    assert report["figures"]["files"] == 3 and report["figures"]["failed"] == 1
    file = next(each for each in report["files"] if each["file"] == GOOD)
    (task,) = file["tasks"]
    assert task["outputs"][0]["address"].startswith(report["how"]["outputs_at"])
    assert task["started"] < task["ended"]


def test_by_default_it_is_a_page_called_as_the_job(batchff: Batchff, media: Path) -> None:
    submit(batchff, media, "--job", "my-job")
    ran = batchff("report")
    assert (ran.code, ran.out) == (0, "my-job.html\n")
    assert ran.err == "job: my-job, the newest\n"
    assert Path("my-job.html").read_text().startswith("<!doctype html>")
    told = batchff("report", "my-", "--out", "-")
    assert told.out.startswith("# media → mp3\n")
    as_json = batchff("report", "my-job", "--out", "r.json", "--json")
    assert json.loads(Path("r.json").read_text())["job"] == as_json.result["job"] == "my-job"
    assert as_json.result["written"] == "r.json"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "r.pdf"], "ends with .html, .csv, .md or .json"),
        (["--report", "none/r.html"], "there is no folder 'none'"),
        (["--report", "r.html", "--detach"], "batchff report JOB"),
    ],
)
def test_a_report_that_cant_be_written_is_refused_before_anything_is_sent(
    words: list[str], said: str, batchff: Batchff, media: Path
) -> None:
    ran = submit(batchff, media, *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1, "nothing was looked into"


def test_a_file_that_failed_on_its_node_has_ffmpegs_lines(batchff: Batchff, media: Path) -> None:
    line = ("--suffix", ".mp3", "--", "-c", "copy")
    ran = batchff("submit", media, "--no-try", "--report", "r.json", *line)
    assert ran.code == 3
    report = json.loads(Path("r.json").read_text())
    file = next(each for each in report["files"] if each["file"] == GOOD)
    assert file["state"] == "failed" and file["log"]
    assert "ffmpeg" in file["reason"] and file["advice"]
    assert file["tasks"][0]["exit_code"] == 12
    assert file["tasks"][0]["outputs"][0]["bytes"] is None


def test_it_is_written_where_a_download_fails_too(batchff: Batchff, one_clip: Path) -> None:
    out = Path("out")
    out.mkdir()
    (out / "short.mp3").write_text("another file")
    ran = submit(batchff, one_clip, "--out", out, "--report", "r.csv")
    assert (ran.code, ran.out) == (1, "")
    assert "the report is r.csv\n" in ran.err
    assert rows(Path("r.csv"))["short.wav"]["state"] == "encoded"


def test_where_nothing_is_left_to_make_there_is_a_report_too(
    batchff: Batchff, one_clip: Path
) -> None:
    submit(batchff, one_clip)
    other = Path("other") / one_clip.name
    other.parent.mkdir()
    one_clip.rename(other)
    ran = submit(batchff, other, "--report", "r.csv", "--json")
    assert ran.result["job"] == "" and ran.result["done_before"] == 1
    (row,) = rows(Path("r.csv")).values()
    assert row["state"] == "done before" and int(row["bytes_out"]) > 0


def test_a_retry_is_a_part_of_the_job_that_it_retries(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "report-pool")
    make_job(service, "first", pool, "sh -c 'exit 14'", "true", ours=True)
    make_job(service, "first-retry", pool, "true", ours=True, first_job="first")
    for job, tasks in (("first", ("task-0", "task-1")), ("first-retry", ("task-0",))):
        wait_until(
            lambda job=job, tasks=tasks: all(  # type: ignore[misc]
                service.get_task(job, task).state == "completed" for task in tasks
            )
        )
    for named in ("first", "first-retry"):
        report = batchff("report", named, "--json").result
        assert (report["job"], report["retries"]) == ("first", ["first-retry"])
        assert {each["file"]: each["state"] for each in report["files"]} == {
            "task-0": "encoded",
            "task-1": "encoded",
        }
        retried = next(each for each in report["files"] if each["file"] == "task-0")
        assert retried["tasks"][0]["attempts"] == 2
        assert not report["is_over"]
        assert any("plan is gone" in note for note in report["notes"])


def test_a_job_of_another_program_has_no_report(batchff: Batchff, service: BatchClient) -> None:
    make_job(service, "theirs", make_pool(service, "report-theirs"), "true")
    ran = batchff("report", "theirs")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: job 'theirs' wasn't made by batchff (see: batchff job list)\n"
