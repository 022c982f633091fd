from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import ProfileError
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.pipeline.names import log_prefix
from batchff.pipeline.report.ffmpeg import NodesFfmpeg, report_ffmpeg

FACTS = JobFacts(output_container="reported")


def job_of(facts: JobFacts | None) -> JobStatus:
    return JobStatus("report-ffmpeg", "completed", "pool", {}, datetime.now(UTC), batchff=facts)


def no_storage() -> Storage:
    raise ProfileError("profile 's' has no storage_account")


def put_log(text: str, storage: Storage) -> None:
    storage.ensure_container("reported", {})
    blob = log_prefix("report-ffmpeg", "task") + "stderr.txt"
    storage.upload_bytes("reported", blob, text.encode(), {})


def test_the_bundled_ones_version_is_known_without_a_look() -> None:
    bundled = replace(FACTS, ffmpeg="bundled", ffmpeg_version="9.0.2")
    assert report_ffmpeg(job_of(bundled), "task", no_storage) == NodesFfmpeg("9.0.2", "bundled")


@pytest.mark.parametrize(
    ("source", "log", "found"),
    [
        ("apt", "encode.sh: ffmpeg 6.1 (apt)\n", NodesFfmpeg("6.1", "apt")),
        ("apt", "encode.sh: ffmpeg 6.1 (image)\n", NodesFfmpeg("6.1", "image")),
        ("container", "encode.sh: ffmpeg 7.1 (image)\nmore", NodesFfmpeg("7.1", "container")),
        ("", "encode.sh: ffmpeg 6.1 (image)\n", NodesFfmpeg("6.1", "image")),
        ("url", "encode.sh: input.mp4 isn't on this node\n", NodesFfmpeg("", "url")),
        ("", "another program's", None),
    ],
)
def test_others_versions_are_in_a_log(
    source: str, log: str, found: NodesFfmpeg | None, storage: Storage
) -> None:
    put_log(log, storage)
    job = job_of(replace(FACTS, ffmpeg=source))
    assert report_ffmpeg(job, "task", lambda: storage) == found


def test_without_a_log_or_a_storage_account_only_the_source_is_known(storage: Storage) -> None:
    job = job_of(replace(FACTS, ffmpeg="apt"))
    assert report_ffmpeg(job, "", no_storage) == NodesFfmpeg("", "apt")
    assert report_ffmpeg(job, "task", no_storage) == NodesFfmpeg("", "apt")
    assert report_ffmpeg(job, "gone", lambda: storage) == NodesFfmpeg("", "apt")


def test_a_job_of_another_program_says_nothing_of_it() -> None:
    assert report_ffmpeg(job_of(None), "task", no_storage) is None
