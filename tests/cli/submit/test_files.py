"""Media that is in storage already: which is taken, and how it's tried."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.blob import ContainerClient, generate_container_sas

from batchff.cli.submit import files
from batchff.emulator.launch import Connection
from tests.commands import CLIPS, Batchff
from tests.silence import silence
from tests.undecodable import undecodable

Fill = Callable[..., str]


@pytest.fixture
def fill(account: Connection) -> Fill:
    """Put blobs into a container of the test's own, as another program does; return its name."""
    name = f"media-{uuid4().hex}"

    def put(**blobs: bytes) -> str:
        client = ContainerClient.from_connection_string(account.storage_connection_string, name)
        if not client.exists():
            client.create_container()
        for blob, content in blobs.items():
            client.upload_blob(blob, content, overwrite=True)
        return name

    return put


def sas_url(account: Connection, container: str, permission: str = "rl", **life: float) -> str:
    sas = generate_container_sas(
        account.storage_account,
        container,
        account_key=account.storage_key,
        permission=permission,
        expiry=datetime.now(UTC) + timedelta(**(life or {"days": 9})),
    )
    return f"{account.blob_endpoint}/{container}?{sas}"


TOO_LARGE = ("--", "-vf", "crop=99999:99999", "out.mp4")
CITY = (CLIPS / "city.mp4").read_bytes()


def test_a_line_is_tried_on_media_in_storage_before_anything_is_made(
    batchff: Batchff, fill: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    media = fill(**{"in/city.mp4": CITY})
    ran = batchff("submit", f"az://{media}/in", "--job", "files-tried", *TOO_LARGE)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(
        "error: ffmpeg fails: Invalid too big or non positive size"
    )
    assert batchff("job", "show", "files-tried").code == 1
    assert list(temporary.iterdir()) == []


def test_what_only_the_first_blob_fails_on_is_a_warning_with_its_name(
    batchff: Batchff, fill: Fill
) -> None:
    media = fill(**{"in/a.mp4": undecodable(), "in/city.mp4": CITY})
    ran = batchff("submit", f"az://{media}/in", "--dry-run")
    assert ran.code == 0
    assert "warning: a.mp4: ffmpeg fails" in ran.err
    assert "other files may be fine" in ran.err


def test_the_first_blob_that_isnt_large_is_tried_and_else_a_test_picture(
    batchff: Batchff, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = undecodable()
    media = fill(**{"large.mp4": CITY, "small.mp4": small})
    monkeypatch.setattr(files, "LARGEST_TRIED", len(small))
    ran = batchff("submit", f"az://{media}", "--dry-run")
    assert "warning: small.mp4: ffmpeg fails" in ran.err

    only_large = ("submit", f"az://{media}", "--exclude", "small*", "--dry-run")
    assert batchff(*only_large).err == "1 file inspected\n"
    ran = batchff(*only_large, *TOO_LARGE)
    assert ran.code == 2
    assert "on a test picture, as the files are large: ffmpeg fails: Invalid" in ran.err
    assert "--no-try" in ran.err
    # That the picture lacks a stream says nothing of the files.
    ran = batchff(*only_large, "--", "-map", "0:s:0", "out.srt")
    assert ran.code == 0
    assert "warning: on a test picture" in ran.err
    assert batchff(*only_large, "--no-try", *TOO_LARGE).code == 0


def test_a_job_that_exists_was_tried_before(batchff: Batchff, fill: Fill) -> None:
    media = fill(**{"short.wav": silence(), "broken.wav": undecodable()})
    words = ("submit", f"az://{media}", "--no-download")
    assert "warning: broken.wav" in batchff(*words).err
    assert "warning: broken.wav" not in batchff(*words).err


def test_a_sas_that_allows_more_than_reading_is_told(
    batchff: Batchff, account: Connection, fill: Fill
) -> None:
    media = fill(**{"short.wav": silence()})
    ran = batchff("submit", sas_url(account, media, "rwdl"), "--dry-run")
    assert ran.code == 0
    assert "warning: the SAS allows to write and to delete as well" in ran.err
    assert "sig=" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("permission", "life", "message"),
    [
        ("r", {"days": 9}, "error: the SAS doesn't allow to list"),
        ("rl", {"minutes": -1}, "error: the SAS ended at"),
        ("rl", {"days": 4}, "error: the job may take 5d"),
    ],
)
def test_a_sas_that_wont_do_is_refused_before_anything_is_made(
    permission: str,
    life: dict[str, float],
    message: str,
    batchff: Batchff,
    account: Connection,
    fill: Fill,
) -> None:
    media = fill(**{"short.wav": silence()})
    ran = batchff("submit", sas_url(account, media, permission, **life), "--job", "sas-short")
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(message)
    assert "sig=" not in ran.err
    assert batchff("job", "show", "sas-short").code == 1


def test_the_profiles_own_account_needs_no_sas_in_a_url(
    batchff: Batchff, account: Connection, fill: Fill
) -> None:
    media = fill(**{"short.wav": silence()})
    ran = batchff("--json", "submit", f"{account.blob_endpoint}/{media}", "--dry-run")
    assert ran.result["source"] == f"az://{media}"


def test_with_fail_fast_a_blob_that_nothing_can_be_made_of_stops_all(
    batchff: Batchff, fill: Fill
) -> None:
    media = fill(**{"short.wav": silence(), "text.wav": b"This is no sound.\n"})
    submit = ("submit", f"az://{media}", "--job", "files-fast", "--no-download")
    ran = batchff(*submit, "--fail-fast")
    assert (ran.code, ran.out) == (1, "")
    assert "error: 1 file can't be encoded: 'text.wav': it's a text, not media" in ran.err
    assert batchff("job", "show", "files-fast").code == 1
    assert batchff(*submit).code == 3
