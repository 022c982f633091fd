"""What is done is not done again, from any machine; and nothing that is needed is removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from batchff.cloud.storage import Storage
from batchff.pipeline.names import media_prefix
from tests.commands import Batchff
from tests.end_to_end.test_pool_end import changing
from tests.silence import silence

SUBMIT = ("--json", "submit", "videos")


def add(name: str, seconds: float) -> None:
    """Add a source that is like no other."""
    path = Path("videos", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(silence(seconds))


def result(batchff: Batchff, *words: object, code: int = 0) -> dict[str, Any]:
    ran = batchff(*words)
    assert ran.code == code, ran.err
    return ran.result


def counts(data: dict[str, Any]) -> tuple[int, int, int]:
    """How many files were encoded, were done before, and how many outputs were downloaded."""
    return data["succeeded"], data["done_before"], data["downloaded"]


def files(folder: Path | str) -> set[str]:
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


def blobs(storage: Storage, prefix: str = "") -> set[str]:
    return {
        blob.name for blob in storage.list_blobs(os.environ["BATCHFF_OUTPUT_CONTAINER"], prefix)
    }


def output_of(job: str, name: str) -> str:
    return f"{media_prefix(job)}{name}"


@pytest.fixture
def first(batchff: Batchff) -> str:
    """The job that made a.mp3 of a.wav."""
    add("a.wav", 0.1)
    data = result(batchff, *SUBMIT)
    assert counts(data) == (1, 0, 1)
    job: str = data["job"]
    return job


def test_a_file_that_was_added_is_one_task_and_all_are_downloaded(
    batchff: Batchff, first: str
) -> None:
    add("sub/b.wav", 0.2)

    planned = result(batchff, *SUBMIT, "--dry-run")
    assert (planned["tasks"], planned["done_before"], planned["reasons"]) == (1, 1, {"new": 1})
    assert planned["upload"]["files"] == 1

    data = result(batchff, *SUBMIT)
    assert counts(data) == (1, 1, 2)
    assert (data["tasks"]["succeeded"], data["folder"]) == (1, "batchff-output/videos-mp3")
    assert files("batchff-output/videos-mp3") == {"a.mp3", "sub/b.mp3"}

    job = data["job"]
    assert result(batchff, "--json", "download", job, "--to", "all")["files"] == 2
    assert files("all") == {"a.mp3", "sub/b.mp3"}
    watched = result(batchff, "--json", "watch", job)
    assert (watched["succeeded"], watched["done_before"]) == (1, 1)
    # The same command finds that job, and has nothing to do.
    assert counts(result(batchff, *SUBMIT)) == (1, 1, 2)


def test_another_machine_encodes_nothing_and_gets_all(
    batchff: Batchff, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "other machine"
    elsewhere.mkdir()
    Path("videos").rename(elsewhere / "videos")
    os.utime(elsewhere / "videos" / "a.wav", (1, 1))
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr("platform.node", lambda: "other")

    ran = batchff("--json", "submit", "videos", "--out", "made")

    assert counts(ran.result) == (0, 1, 1)
    assert (ran.result["job"], ran.result["pool"]) == ("", "")
    assert files("made") == {"a.mp3"}
    events = {event["event"] for event in ran.events}
    assert events.isdisjoint({"upload.file", "pool.ready", "job.ready"})
    assert batchff("submit", "videos", "--out", "made").out.splitlines()[0] == (
        "nothing to encode: 1 done before"
    )


def test_other_arguments_make_all_anew_and_replace_nothing(
    batchff: Batchff, storage: Storage, first: str
) -> None:
    before = blobs(storage)
    data = result(batchff, *SUBMIT, "--set", "quality=9")
    assert counts(data) == (1, 0, 1)
    assert before < blobs(storage)
    assert data["folder"] != "batchff-output/videos-mp3"
    planned = result(batchff, *SUBMIT, "--set", "quality=8", "--dry-run")
    assert planned["reasons"] == {"other arguments": 1}


def test_an_output_that_is_gone_is_made_again_and_only_that(
    batchff: Batchff, storage: Storage, first: str
) -> None:
    add("b.wav", 0.2)
    job = result(batchff, *SUBMIT)["job"]
    storage.delete_blob(os.environ["BATCHFF_OUTPUT_CONTAINER"], output_of(first, "a.mp3"))
    assert batchff("download", job, "--to", "gone").code == 1

    assert result(batchff, *SUBMIT, "--dry-run")["reasons"] == {"outputs gone": 1}
    data = result(batchff, *SUBMIT, "--out", "again")

    assert counts(data) == (1, 1, 2)
    assert data["job"] == f"{job}-again"
    assert files("again") == {"a.mp3", "b.mp3"}


def test_all_are_made_again_where_that_is_asked_for(batchff: Batchff, first: str) -> None:
    data = result(batchff, *SUBMIT, "--again", "--out", "again")
    assert counts(data) == (1, 0, 1)
    assert data["job"] == f"{first}-again"


def test_the_output_of_a_source_that_changed_takes_the_place_of_the_former_one(
    batchff: Batchff, first: str
) -> None:
    made = Path("batchff-output/videos-mp3/a.mp3")
    before = made.read_bytes()
    add("a.wav", 0.5)
    assert counts(result(batchff, *SUBMIT)) == (1, 0, 1)
    assert made.read_bytes() != before

    # What the user changed stays.
    made.write_bytes(b"mine")
    add("a.wav", 0.6)
    ran = batchff("submit", "videos")
    assert (ran.code, made.read_bytes()) == (1, b"mine")
    assert "is there already, and isn't the same" in ran.err


def test_a_cleanup_leaves_what_another_jobs_plan_names(
    batchff: Batchff, storage: Storage, first: str
) -> None:
    add("b.wav", 0.2)
    second = result(batchff, *SUBMIT)["job"]

    found = batchff("cleanup", first, "--outputs", "--yes")
    assert (found.code, "blobs" in found.err) == (0, True)
    assert output_of(first, "a.mp3") in blobs(storage)
    assert not blobs(storage, f"{first}/logs/")
    assert result(batchff, "--json", "download", second, "--to", "all")["files"] == 2
    # It's still known, too.
    add("c.wav", 0.3)
    third = result(batchff, *SUBMIT)
    assert counts(third) == (1, 2, 3)

    assert batchff("cleanup", second, "--outputs", "--yes").code == 0
    assert {output_of(first, "a.mp3"), output_of(second, "b.mp3")} < blobs(storage)
    # The last one that has them takes them with it.
    assert batchff("cleanup", third["job"], "--outputs", "--yes").code == 0
    assert not blobs(storage)
    assert result(batchff, *SUBMIT, "--dry-run")["reasons"] == {"new": 3}


def test_what_is_removed_counts_as_done_no_more(
    batchff: Batchff, storage: Storage, first: str
) -> None:
    assert batchff("cleanup", first, "--outputs", "--yes").code == 0
    assert not blobs(storage)
    assert counts(result(batchff, *SUBMIT)) == (1, 0, 1)


def test_a_job_of_uploaded_files_has_tasks_for_what_isnt_done(batchff: Batchff, first: str) -> None:
    assert batchff("pool", "create", "mine", "--nodes", "1").code == 0
    uploaded = result(batchff, "--json", "upload", "videos")["input_set"]
    submit = ("--json", "job", "submit", "--input", uploaded, "--pool", "mine")
    done = result(batchff, *submit)
    assert (done["job"], done["tasks"], done["done_before"], done["done_by"]) == ("", 0, 1, [first])

    add("b.wav", 0.2)
    assert batchff("upload", "videos").code == 0
    data = result(batchff, *submit)
    assert (data["tasks"], data["done_before"]) == (1, 1)
    assert result(batchff, "--json", "watch", data["job"])["succeeded"] == 1
    assert result(batchff, "--json", "download", data["job"], "--to", "all")["files"] == 2
    again = result(batchff, *submit, "--again")
    assert (again["tasks"], again["done_before"]) == (2, 0)


def test_outputs_that_stay_are_found_where_they_are(batchff: Batchff, first: str) -> None:
    data = result(batchff, *SUBMIT, "--job", "stays", "--no-download")
    container = os.environ["BATCHFF_OUTPUT_CONTAINER"]
    assert counts(data) == (0, 1, 0)
    assert data["earlier_outputs_at"] == [f"az://{container}/{first}/media"]


def test_a_source_that_still_grows_is_a_failed_file_and_the_others_go_on(
    batchff: Batchff,
) -> None:
    add("a.wav", 0.1)
    add("growing.wav", 0.2)
    with changing(Path("videos/growing.wav")):
        ran = batchff(*SUBMIT)

    assert ran.code == 3, ran.err
    data = ran.result
    (failed,) = data["not_encoded"]
    assert (failed["file"], "may still be growing" in failed["reason"]) == ("growing.wav", True)
    assert (*counts(data), data["failed"], data["unfinished"]) == (1, 0, 1, 1, 0)
    shown = result(batchff, "--json", "job", "show", data["job"])
    assert (shown["state"], shown["tasks_to_add"]) == ("completed", 0)
    assert [event["name"] for event in ran.events if event["event"] == "removed"] == [data["pool"]]
    assert batchff("watch", data["job"]).code == 3
    # Once it's whole, it's the only one that is left.
    assert counts(result(batchff, *SUBMIT)) == (1, 1, 2)


def test_what_another_job_is_encoding_is_waited_for(batchff: Batchff) -> None:
    add("a.wav", 1.0)
    slow = ("--suffix", ".wav", "--", "-readrate", "0.5", "-i", "{input}", "-c:a", "pcm_s16le")
    first = batchff("--json", "submit", "videos", "--detach", "--no-try", *slow).result["job"]
    add("b.wav", 0.5)

    ran = batchff("--json", "submit", "videos", "--no-try", *slow)

    notices = [event["message"] for event in ran.events if event["event"] == "notice"]
    waiting = f"job {first} is encoding files of this source: waiting for what it makes"
    assert waiting in notices
    assert counts(ran.result) == (1, 1, 2)


def test_a_job_that_still_encodes_the_files_is_told(batchff: Batchff) -> None:
    add("a.wav", 1.0)
    slow = ("--suffix", ".wav", "--", "-readrate", "0.1", "-i", "{input}", "-c:a", "pcm_s16le")
    first = batchff("--json", "submit", "videos", "--detach", "--no-try", *slow).result["job"]
    add("b.wav", 0.5)

    ran = batchff("--json", "submit", "videos", "--detach", "--no-try", *slow)

    (told,) = [event["message"] for event in ran.events if event["event"] == "warning"]
    assert told.startswith(f"job {first} is still encoding files of this source")
    assert f"batchff watch {first}" in told
    batchff("job", "stop", first, "--yes")
    again = batchff("--json", "submit", "videos", "--detach", "--no-try", *slow)
    assert not [event for event in again.events if event["event"] == "warning"]
    batchff("job", "stop", ran.result["job"], "--yes")
