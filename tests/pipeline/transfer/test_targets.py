from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from batchff.errors import TransferError
from batchff.events import Event, Warned
from batchff.events.download import BytesDownloaded, FileDownloaded
from tests.emulator.blob.servers import blob_path
from tests.pipeline.recorder import Recorder
from tests.pipeline.transfer.downloads import fetch, put, tree
from tests.storage_servers import StorageServer


@pytest.mark.parametrize("standing", [b"mine", b"mine, and longer"])
def test_a_different_file_at_home_stays(
    standing: bytes, emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made", "b.mp3": b"made"})
    home.mkdir()
    (home / "a.mp3").write_bytes(standing)
    recorder = Recorder()
    with pytest.raises(TransferError) as raised:
        fetch(emulated_storage, home, recorder)
    place = str(home / "a.mp3")
    reason = f"{place!r} is there already, and isn't the same"
    assert raised.value.message == f"1 of 2 outputs aren't downloaded: {reason}"
    assert raised.value.hint == "choose another folder, or replace it with --overwrite"
    assert recorder.of(Warned) == [Warned(reason)]
    assert tree(home) == {"a.mp3": standing, "b.mp3": b"made"}


def test_with_overwrite_a_different_file_is_replaced_but_never_a_folder(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    home.mkdir()
    (home / "a.mp3").write_bytes(b"mine")
    fetch(emulated_storage, home, overwrite=True)
    assert tree(home) == {"a.mp3": b"made"}
    (home / "a.mp3").unlink()
    (home / "a.mp3").mkdir()
    with pytest.raises(TransferError, match="is there already, and is a folder") as raised:
        fetch(emulated_storage, home, overwrite=True)
    assert "--overwrite" not in raised.value.hint
    assert (home / "a.mp3").is_dir()


def test_a_file_where_a_folder_is_needed_is_told(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"a/b.mp3": b"made", "c.mp3": b"made"})
    home.mkdir()
    (home / "a").write_bytes(b"mine")
    with pytest.raises(TransferError, match=r"can't make the folder '.*/a': File exists"):
        fetch(emulated_storage, home)
    assert tree(home) == {"a": b"mine", "c.mp3": b"made"}


@pytest.mark.parametrize(
    "name",
    [
        "../outside.mp3",
        "a/../../outside.mp3",
        "..",
        "/etc/outside.mp3",
        "//outside.mp3",
        "a//b.mp3",
        "./b.mp3",
        "a/./b.mp3",
        "a/",
        "nul\0.mp3",
    ],
)
def test_a_name_that_would_lead_out_of_the_folder_is_refused(
    name: str, emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, {"good.mp3": b"good"})
    # The SDK would tidy such a name up before it's sent.
    path = blob_path(emulated_storage.container, f"job/media/{name}")
    headers = {"x-ms-blob-type": "BlockBlob"}
    assert emulated_storage.server.send("PUT", path, headers, b"evil").status == 201
    with pytest.raises(TransferError, match="has a name that can't be a file here"):
        fetch(emulated_storage, home)
    assert tree(home.parent / "out") == {"good.mp3": b"good"}
    assert not list(home.parent.rglob("outside*"))


def test_a_name_that_is_too_long_here_is_told(emulated_storage: StorageServer, home: Path) -> None:
    put(emulated_storage, {"x" * 300: b"made", "good.mp3": b"good"})
    with pytest.raises(TransferError, match="can't write .*: File name too long"):
        fetch(emulated_storage, home)
    assert tree(home) == {"good.mp3": b"good"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_outputs_that_are_one_file_here_are_told_apart(
    overwrite: bool, emulated_storage: StorageServer, home: Path
) -> None:
    # What a file system without case does to A.mp3 and a.mp3, a link does to two folders.
    put(emulated_storage, {"a/1.mp3": b"first", "b/1.mp3": b"second"})
    (home / "a").mkdir(parents=True)
    (home / "b").symlink_to("a")
    together = threading.Barrier(2, timeout=20)

    def meet(event: Event) -> None:
        if isinstance(event, BytesDownloaded):
            together.wait()

    with pytest.raises(TransferError, match="are one file on this file system"):
        fetch(emulated_storage, home, Recorder(meet), overwrite=overwrite)
    assert [name for name in tree(home) if not name.startswith("b/")] == ["a/1.mp3"]


def test_a_folder_that_cant_be_written_is_told(emulated_storage: StorageServer, home: Path) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    home.write_bytes(b"a file")
    with pytest.raises(TransferError, match="can't make the folder '.*/out': File exists"):
        fetch(emulated_storage, home)


@pytest.mark.parametrize("dangles", [False, True])
def test_a_link_at_an_outputs_place_is_replaced_at_most(
    dangles: bool, emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    target = tmp_path / "mine"
    if not dangles:
        target.write_bytes(b"mine")
    home.mkdir()
    (home / "a.mp3").symlink_to(target)
    with pytest.raises(TransferError, match="is there already, and isn't the same"):
        fetch(emulated_storage, home)
    assert (home / "a.mp3").is_symlink()
    fetch(emulated_storage, home, overwrite=True)
    assert not (home / "a.mp3").is_symlink()
    assert tree(home) == {"a.mp3": b"made"}
    assert target.exists() != dangles
    assert dangles or target.read_bytes() == b"mine"


def test_a_file_behind_a_link_is_the_same_by_its_bytes_only(
    emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put(emulated_storage, {"a.mp3": b"made"})
    fetch(emulated_storage, home)
    (home / "a.mp3").rename(tmp_path / "moved")
    (home / "a.mp3").symlink_to(tmp_path / "moved")
    assert fetch(emulated_storage, home).unchanged == 1
    moment = (tmp_path / "moved").stat().st_mtime
    (tmp_path / "moved").write_bytes(b"mine")
    os.utime(tmp_path / "moved", (moment, moment))
    with pytest.raises(TransferError, match="is there already, and isn't the same"):
        fetch(emulated_storage, home)


@pytest.mark.parametrize("target", ["../outside", "../outside/new", "/", "round"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    target: str, emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put(emulated_storage, {"round/b/c.mp3": b"made", "good.mp3": b"good"})
    (tmp_path / "outside").mkdir()
    home.mkdir()
    (home / "round").symlink_to(target)
    with pytest.raises(TransferError, match="out of the outputs' folder by a link|can't make"):
        fetch(emulated_storage, home)
    assert tree(home) == {"good.mp3": b"good"}
    assert not list((tmp_path / "outside").iterdir())


def test_the_folder_itself_may_be_a_link(
    emulated_storage: StorageServer, home: Path, tmp_path: Path
) -> None:
    put(emulated_storage, {"a/b.mp3": b"made"})
    (tmp_path / "elsewhere").mkdir()
    home.symlink_to("elsewhere")
    recorder = Recorder()
    fetch(emulated_storage, home, recorder)
    assert tree(tmp_path / "elsewhere") == {"a/b.mp3": b"made"}
    assert [event.path for event in recorder.of(FileDownloaded)] == [str(home / "a/b.mp3")]
