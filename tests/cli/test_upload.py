from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.pipeline.names import input_set_name
from tests.commands import CLIPS, Batchff
from tests.media_sources import MediaSource
from tests.silence import silence
from tests.storage_servers import SOMEONE_ELSES_KEY, StorageServer, closed_port

INSPECTED = ".inspected"
CONNECTION = "BATCHFF_STORAGE_CONNECTION_STRING"


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "My Videos"
    (folder / "a").mkdir(parents=True)
    (folder / "city.mp4").write_bytes(silence())
    (folder / "a" / "Harbour At Dusk.MOV").write_bytes(silence())
    (folder / "notes.txt").write_text("not media")
    return folder


@pytest.fixture
def server(storage_server: StorageServer, monkeypatch: pytest.MonkeyPatch) -> StorageServer:
    """A storage account that is set up in the environment, with a container of its own."""
    monkeypatch.setenv(CONNECTION, storage_server.connection_string())
    monkeypatch.setenv("BATCHFF_INPUT_CONTAINER", storage_server.container)
    return storage_server


@pytest.fixture(autouse=True)
def _no_emulator_is_started() -> Iterator[None]:
    """Storage settings are all that `upload` needs."""
    yield
    assert not launch.status(launch.default_root()).running


def blobs_of(server: StorageServer) -> list[str]:
    """The files in storage, without what is known of them."""
    names = [blob.name for blob in server.storage().list_blobs(server.container)]
    return [name for name in names if f"/{INSPECTED}/" not in name]


def test_a_folder_is_uploaded_under_a_set_of_its_own(
    run: Batchff, server: StorageServer, videos: Path
) -> None:
    outcome = run("upload", videos)
    input_set = input_set_name([videos])
    assert outcome.code == 0
    assert outcome.out == f"{input_set}\n"
    assert outcome.err == "2 files, 3.2 KiB; left out: 1 not media\n2 files uploaded\n"
    assert blobs_of(server) == [f"{input_set}/a/Harbour At Dusk.MOV", f"{input_set}/city.mp4"]

    again = run("upload", videos)
    assert (again.code, again.out) == (0, outcome.out)
    assert again.err.endswith("\nnothing to upload: 2 files unchanged\n")


def test_as_json_every_file_is_an_event_and_the_set_is_the_result(
    run: Batchff, server: StorageServer, videos: Path
) -> None:
    outcome = run("--json", "upload", videos, "--to", "my-set")
    assert outcome.err == ""
    assert outcome.result == {
        "input_set": "my-set",
        "container": server.container,
        "files": 2,
        "bytes": 2 * len(silence()),
    }
    events = [line["event"] for line in outcome.events]
    assert events == [
        *("planned", "upload.started", "upload.file", "upload.file", "upload.ended"),
        "result",
    ]
    assert {line["blob"] for line in outcome.events[2:4]} == {
        "my-set/city.mp4",
        "my-set/a/Harbour At Dusk.MOV",
    }


def test_quiet_prints_the_result_alone_and_verbose_every_file(
    run: Batchff, server: StorageServer, videos: Path
) -> None:
    quiet = run("--quiet", "upload", videos)
    assert (quiet.code, quiet.err) == (0, "")
    verbose = run("--verbose", "upload", videos)
    assert verbose.out == quiet.out
    assert "unchanged: a/Harbour At Dusk.MOV\n" in verbose.err


def test_single_files_several_paths_and_globs_work_too(
    run: Batchff, server: StorageServer, videos: Path
) -> None:
    run("upload", videos / "city.mp4", "--to", "one")
    run("upload", videos / "a", videos / "city.mp4", "--to", "two")
    run("upload", videos, "--to", "three", "--include", "*.txt", "--include", "*.mov")
    run("upload", videos, "--to", "four", "--exclude", "a/*")
    assert blobs_of(server) == [
        "four/city.mp4",
        "one/city.mp4",
        "three/a/Harbour At Dusk.MOV",
        "three/notes.txt",
        "two/a/Harbour At Dusk.MOV",
        "two/city.mp4",
    ]


def test_a_name_with_a_leading_dash_is_a_path_after_two_dashes(
    run: Batchff, server: StorageServer, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (videos / "-q.mp4").write_bytes(b"media")
    monkeypatch.chdir(videos)
    assert run("upload", "--to", "set", "--", "-q.mp4").code == 0
    assert blobs_of(server) == ["set/-q.mp4"]


@pytest.mark.parametrize("reason", ["gone", "empty", "no media", "zero bytes"])
def test_nothing_is_sent_when_the_files_cant_be_taken(
    reason: str, run: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever tried to send something would fail in another way.
    nowhere = f"BlobEndpoint=http://127.0.0.1:{closed_port()}/a"
    monkeypatch.setenv(CONNECTION, f"AccountName=a;AccountKey={SOMEONE_ELSES_KEY};{nowhere}")
    folder = tmp_path / "folder"
    if reason != "gone":
        folder.mkdir()
    if reason == "no media":
        (folder / "notes.txt").write_text("text")
    if reason == "zero bytes":
        (folder / "a.mp4").touch()
    outcome = run("upload", folder)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    as_json = run("--json", "upload", folder)
    assert (as_json.code, as_json.err) == (1, "")
    assert as_json.events[-1]["code"] == 1


def test_a_wrong_key_is_told_in_one_line(storage_server: StorageServer, videos: Path) -> None:
    connection = storage_server.connection_string(key=SOMEONE_ELSES_KEY)
    done = upload_in_a_process(videos, connection)
    assert (done.returncode, done.stdout) == (5, "")
    assert "the service refused the credentials" in done.stderr
    assert done.stderr.count("\n") == 1
    assert SOMEONE_ELSES_KEY not in done.stderr


def test_a_server_that_isnt_there_is_told_soon_and_in_one_line(
    emulated_storage: StorageServer, videos: Path
) -> None:
    url = f"http://127.0.0.1:{closed_port()}/account"
    began = time.monotonic()
    done = upload_in_a_process(videos, emulated_storage.connection_string(url=url))
    assert time.monotonic() - began < 30
    assert (done.returncode, done.stdout) == (1, "")
    assert "no answer" in done.stderr
    assert done.stderr.count("\n") == 1


def upload_in_a_process(videos: Path, connection: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "batchff", "--quiet", "upload", videos],
        env={**os.environ, CONNECTION: connection},
        capture_output=True,
        text=True,
    )


def test_what_isnt_a_connection_string_is_a_matter_of_profiles(
    run: Batchff, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONNECTION, f"AccountKey={SOMEONE_ELSES_KEY}")
    outcome = run("--quiet", "upload", videos)
    assert outcome.code == 5
    assert outcome.err.startswith("error: storage_connection_string isn't one")
    assert SOMEONE_ELSES_KEY not in outcome.err


def test_upload_sends_only_what_changed(batchff: Batchff, clips: Path) -> None:
    batchff("upload", clips)
    (clips / "city.mp4").write_bytes((clips / "Harbour At Dusk.MOV").read_bytes())

    ran = batchff("--json", "upload", clips)

    sent = {
        event["file"]: event["skipped"] for event in ran.events if event["event"] == "upload.file"
    }
    assert sent == {"Harbour At Dusk.MOV": True, "archive/interview.mkv": True, "city.mp4": False}


def test_a_wrong_storage_key(
    batchff: Batchff, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = base64.b64encode(b"wrong").decode()
    text = account.storage_connection_string.replace(account.storage_key, wrong)
    monkeypatch.setenv("BATCHFF_STORAGE_CONNECTION_STRING", text)

    ran = batchff("upload", CLIPS)

    assert ran.code == 5
    assert "the service refused the credentials" in ran.err
    assert wrong not in ran.err


def test_what_a_look_finds_wrong_is_sent_with_a_warning(
    run: Batchff, server: StorageServer, videos: Path, media_source: MediaSource
) -> None:
    shutil.copy(media_source("cut.mp4"), videos)
    (videos / "text.mp4").write_text("This is not a video.\n")

    outcome = run("upload", videos, "--to", "warned")

    assert outcome.code == 0
    assert "warning: cut.mp4: 1.2 of 4.0 s: the file is cut off\n" in outcome.err
    assert "warning: text.mp4: it's a text, not media\n" in outcome.err
    assert blobs_of(server) == [
        "warned/a/Harbour At Dusk.MOV",
        "warned/city.mp4",
        "warned/cut.mp4",
        "warned/text.mp4",
    ]
    (known,) = server.storage().list_blobs(server.container, f"warned/{INSPECTED}/")
    assert known.size > 0
