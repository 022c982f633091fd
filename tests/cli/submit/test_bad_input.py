"""A submit that can't work ends with one line and the right exit code, and makes nothing."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.emulator.options import ServiceOptions
from batchff.errors import ServiceError
from tests.commands import CLIPS, Batchff

FOLDER = Path("videos")


@pytest.fixture
def _nothing_is_made(account: Connection) -> Iterator[None]:
    yield
    blobs = BlobServiceClient.from_connection_string(account.storage_connection_string)
    for container in ("BATCHFF_INPUT_CONTAINER", "BATCHFF_OUTPUT_CONTAINER"):
        assert not blobs.get_container_client(os.environ[container]).exists()


def nothing() -> None:
    pass


def empty_folder() -> None:
    FOLDER.mkdir()


def no_media() -> None:
    FOLDER.mkdir()
    (FOLDER / "notes.txt").write_text("no film")


def empty_file() -> None:
    FOLDER.mkdir()
    (FOLDER / "a.mp4").touch()


def playlist() -> None:
    FOLDER.mkdir()
    (FOLDER / "a.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/b.ts\n#EXT-X-ENDLIST\n")


def two_for_one_output() -> None:
    FOLDER.mkdir()
    for name in ("a.mov", "a.mp4"):
        shutil.copy(CLIPS / "city.mp4", FOLDER / name)


def one_clip() -> None:
    FOLDER.mkdir()
    shutil.copy(CLIPS / "city.mp4", FOLDER / "a.mp4")


def loop_of_links() -> None:
    FOLDER.mkdir()
    (FOLDER / "again").symlink_to(FOLDER.resolve())


def broken_profiles() -> None:
    one_clip()
    file = Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")
    file.parent.mkdir(parents=True)
    file.write_text("[profiles.studio\n")


@pytest.mark.usefixtures("_nothing_is_made")
@pytest.mark.parametrize(
    ("made", "words", "code", "said"),
    [
        (nothing, [], 1, "can't read 'videos': No such file or directory"),
        (empty_folder, [], 1, "no media in videos: it's empty"),
        (no_media, [], 1, "no media in videos: 1 not media"),
        (empty_file, [], 1, "1 file can't be encoded: 'a.mp4': it's empty (0 bytes)"),
        (
            playlist,
            [],
            1,
            "1 file can't be encoded: 'a.mp4': it's a playlist that names other files",
        ),
        (two_for_one_output, [], 1, "several files would write the same output"),
        (loop_of_links, [], 1, "no media in videos: 1 a loop of links"),
        (one_clip, ["--preset", "vhs"], 2, "there is no preset called 'vhs'"),
        (one_clip, ["--job", "a/b"], 2, "--job: 'a/b' can't be an id"),
        (one_clip, ["--suffix", ".mp3"], 2, "--suffix goes with ffmpeg's own arguments"),
        (one_clip, ["--", "-vn"], 2, "the outputs need a suffix"),
        (one_clip, ["--nodes", "0"], 2, "a pool needs a node"),
        (one_clip, ["--nodes", "many"], 2, "Invalid value for '--nodes'"),
        (broken_profiles, [], 5, "isn't valid TOML"),
    ],
)
def test_submit_refuses_before_anything_is_made(
    batchff: Batchff, made: Callable[[], None], words: list[str], code: int, said: str
) -> None:
    made()

    ran = batchff("submit", FOLDER, *words)

    assert ran.code == code
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert line.startswith("error: ")
    assert said in line


@pytest.mark.usefixtures("_nothing_is_made")
def test_a_playlist_is_taken_where_its_format_is_named(batchff: Batchff) -> None:
    playlist()
    submit = ["submit", FOLDER, "--dry-run", "--suffix", ".mp3", "--"]

    assert batchff(*submit, "-f", "hls", "-i", "{input}", "-vn").code == 0
    assert "it's a playlist" in batchff(*submit, "-i", "{input}", "-f", "hls").err
    assert "it's a playlist" in batchff("upload", FOLDER).err


@pytest.mark.usefixtures("_nothing_is_made")
def test_a_place_that_outputs_can_not_be_written_to(batchff: Batchff) -> None:
    one_clip()
    Path("file").write_text("no folder")

    # Root may write anywhere, it's said; but not there.
    for place in (
        "file",
        "file/below",
        *(["/proc/outputs"] if Path("/proc/self").exists() else []),
    ):
        ran = batchff("submit", FOLDER, "--out", place)
        assert ran.code == 1
        assert f"outputs can't be written to '{place}'" in ran.err


def test_a_pool_goes_also_when_the_outputs_can_not_be_downloaded(batchff: Batchff) -> None:
    one_clip()
    Path("out").mkdir()
    Path("out", "a.mp3").write_text("precious")

    ran = batchff("submit", FOLDER, "--out", "out", "--job", "taken")

    assert ran.code == 1
    assert "is there already, and isn't the same" in ran.err
    assert "removed: pool taken" in ran.err
    assert Path("out", "a.mp3").read_text() == "precious"


def test_a_reader_that_leaves_early_leaves_no_pool_behind(
    batchff: Batchff, account: Connection
) -> None:
    one_clip()
    command = f"{sys.executable} -m batchff --json submit {FOLDER} --job early | head -1"
    subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.DEVNULL)

    assert "pool      early" not in batchff("cleanup", "--all", "--dry-run").out


@pytest.mark.usefixtures("_nothing_is_made")
def test_a_wrong_batch_key(batchff: Batchff, monkeypatch: pytest.MonkeyPatch) -> None:
    one_clip()
    monkeypatch.setenv("BATCHFF_BATCH_KEY", base64.b64encode(b"wrong").decode())

    ran = batchff("submit", FOLDER)

    assert ran.code == 5
    assert "the service refused the credentials" in ran.err
    assert base64.b64encode(b"wrong").decode() not in ran.err


@pytest.mark.usefixtures("_nothing_is_made")
def test_a_batch_service_that_is_not_there(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_clip()
    monkeypatch.setenv("BATCHFF_BATCH_ENDPOINT", "http://127.0.0.1:1")

    ran = batchff("submit", FOLDER)

    assert ran.code == 1
    assert "no answer" in ran.err


def test_nodes_that_can_not_be_had(
    run: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    launch.start(launch.default_root(), ServiceOptions(core_quota=2))
    try:
        ran = run("submit", CLIPS, "--nodes", "2", "--vm-size", "Standard_D4s_v5", "--job", "big")

        assert ran.code == 1
        assert "pool 'big' can't run a task: nodes can't be had: AccountCoreQuotaReached" in ran.err
    finally:
        launch.stop(launch.default_root())


def test_a_pool_made_for_a_start_that_failed_does_not_stay(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_clip()

    def fail(*_: object) -> None:
        raise ServiceError("the account has as many jobs as it may have")

    monkeypatch.setattr("batchff.pipeline.submit.submit.create_job", fail)

    ran = batchff("--json", "submit", FOLDER, "--job", "half")

    assert ran.code == 1
    kinds = [event["event"] for event in ran.events]
    assert kinds[-4:] == ["planned", "pool.ready", "removed", "error"]
    assert {kind.partition(".")[0] for kind in kinds[:-4]} == {"inspect"}
