"""A submit whose stages run at a time: what one file's fate does to the others."""

from __future__ import annotations

import os
from pathlib import Path

from azure.storage.blob import ContainerClient

from batchff.emulator.launch import Connection
from tests.commands import Batchff, Ran
from tests.undecodable import undecodable


def blobs_in(account: Connection, setting: str) -> list[str]:
    """The blobs of the container that a setting names."""
    container = ContainerClient.from_connection_string(
        account.storage_connection_string, os.environ[setting]
    )
    return sorted(container.list_blob_names())


def order(ran: Ran, kind: str) -> list[int]:
    """Where in the events those of one kind stand."""
    return [number for number, event in enumerate(ran.events) if event["event"] == kind]


def test_outputs_are_downloaded_while_other_files_are_encoded(
    batchff: Batchff, clips: Path
) -> None:
    one_second_each = ("--suffix", ".mp3", "--", "-re", "-t", "1", "-i", "{input}", "-vn")

    ran = batchff("--json", "submit", clips, "--slots", "1", *one_second_each)

    assert ran.code == 0, ran
    assert order(ran, "download.file")[0] < order(ran, "task.succeeded")[-1]


def test_tidy_deletes_inputs_whose_outputs_are_downloaded(
    batchff: Batchff, account: Connection, clips: Path
) -> None:
    (clips / "broken.mp4").write_bytes(undecodable())

    ran = batchff("--json", "submit", clips, "--job", "tidy", "--tidy")

    assert ran.code == 3
    (left,) = blobs_in(account, "BATCHFF_INPUT_CONTAINER")
    assert left.endswith("/broken.mp4")
    again = batchff("--json", "submit", clips, "--job", "tidy", "--tidy")
    assert again.code == 3
    assert [event["skipped"] for event in again.events if event["event"] == "download.file"] == [
        *(True, True, True)
    ]
    assert not order(again, "upload.file")


def test_fail_fast_ends_the_job_at_the_first_failure(batchff: Batchff, clips: Path) -> None:
    # It's the largest, and only decoding shows that it's no media.
    (clips / "broken.mp4").write_bytes(undecodable() + bytes(160_000))
    one_second_each = ("--suffix", ".mp3", "--", "-re", "-t", "1", "-i", "{input}", "-vn")

    ran = batchff("--json", "submit", clips, "--slots", "1", "--fail-fast", *one_second_each)

    assert ran.code == 3
    assert (ran.result["failed"], ran.result["unfinished"]) >= (1, 1)
    assert ran.result["succeeded"] + ran.result["failed"] + ran.result["unfinished"] == 4


def test_a_job_that_is_left_to_itself_has_nobody_to_tidy_up(batchff: Batchff, clips: Path) -> None:
    ran = batchff("submit", clips, "--detach", "--tidy")

    assert ran.code == 2
    assert "--tidy" in ran.err
