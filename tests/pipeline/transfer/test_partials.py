from __future__ import annotations

import errno
import fcntl
import os
import secrets
from pathlib import Path

import pytest

from batchff.errors import TransferError
from batchff.pipeline.transfer.partials import (
    move_partial,
    partial_file,
    partial_folder,
    remove_stale_partials,
)

DIGITS = "0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_partial_file_is_moved_whole_with_its_time(folder: Path) -> None:
    with partial_file(folder) as file:
        file.write(b"made")
        move_partial(file, folder / "a", modified=1000.0, overwrite=False)
    assert only_file(folder) == folder / "a"
    assert ((folder / "a").read_bytes(), (folder / "a").stat().st_mtime) == (b"made", 1000.0)


def test_a_partial_file_that_isnt_moved_is_removed(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), partial_file(folder):
        assert only_file(folder).name.startswith(".batchff-")
        raise KeyboardInterrupt
    assert not list(folder.iterdir())


@pytest.mark.parametrize("has_hard_links", [True, False])
@pytest.mark.parametrize("standing", ["file", "link", "dangling link"])
def test_what_stands_at_the_place_is_replaced_only_when_that_is_wanted(
    standing: str, has_hard_links: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_hard_links:

        def refuse(*_args: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    target = folder.parent / "target"
    if standing == "file":
        (folder / "a").write_bytes(b"mine")
    else:
        (folder / "a").symlink_to(target)
    if standing == "link":
        target.write_bytes(b"mine")
    with partial_file(folder) as file:
        file.write(b"made")
        with pytest.raises(FileExistsError):
            move_partial(file, folder / "a", modified=1000.0, overwrite=False)
        assert (folder / "a").is_symlink() == (standing != "file")
        move_partial(file, folder / "a", modified=1000.0, overwrite=True)
    assert only_file(folder).read_bytes() == b"made"
    assert not (folder / "a").is_symlink()
    assert target.exists() == (standing == "link")
    assert standing != "link" or target.read_bytes() == b"mine"


def test_without_hard_links_a_partial_file_goes_to_a_free_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    with partial_file(folder) as file:
        move_partial(file, folder / "a", modified=1000.0, overwrite=False)
    assert only_file(folder) == folder / "a"


@pytest.mark.parametrize("standing", ["file", "link", "dangling link"])
def test_whatever_has_a_partial_files_name_stays_as_it_is(
    standing: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = folder / f".batchff-{DIGITS}"
    target = folder.parent / "target"
    if standing != "dangling link":
        target.write_bytes(b"mine")
    if standing == "file":
        target.rename(taken)
    else:
        taken.symlink_to(target)
    names = iter([DIGITS, DIGITS[::-1]])
    monkeypatch.setattr(secrets, "token_hex", lambda _size: next(names))
    with partial_file(folder) as file:
        file.write(b"made")
        assert Path(os.fsdecode(file.name)).name == f".batchff-{DIGITS[::-1]}"
    assert only_file(folder) == taken
    assert taken.is_symlink() == (standing != "file")
    assert target.exists() == (standing == "link")
    assert standing == "dangling link" or taken.read_bytes() == b"mine"


def test_a_partial_file_that_was_replaced_is_not_moved(folder: Path) -> None:
    with partial_file(folder) as file:
        partial = only_file(folder)
        partial.unlink()
        partial.write_bytes(b"someone else's")
        with pytest.raises(TransferError, match="another program removed or replaced its partial"):
            move_partial(file, folder / "a", modified=1000.0, overwrite=True)
        partial.unlink()
        with pytest.raises(TransferError, match="another program removed or replaced its partial"):
            move_partial(file, folder / "a", modified=1000.0, overwrite=True)
    assert not (folder / "a").exists()


def test_stale_partial_files_are_removed_and_those_in_use_are_not(folder: Path) -> None:
    stale = [folder / ".batchff-0123456789abcdef", folder / f".batchff-{DIGITS}"]
    for path in stale:
        path.write_bytes(b"cut off")
    kept = {".batchff-notes", ".batchff-0123", f".batchff-{DIGITS}.txt", f"batchff-{DIGITS}"}
    for name in kept:
        (folder / name).write_bytes(b"mine")
    link = folder / f".batchff-{DIGITS[::-1]}"
    link.symlink_to(folder / ".batchff-notes")
    with partial_file(folder) as file:
        remove_stale_partials(folder)
        in_use = Path(os.fsdecode(file.name))
        assert {path.name for path in folder.iterdir()} == {*kept, link.name, in_use.name}


def test_a_partial_folder_is_removed_unless_it_was_moved(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), partial_folder(folder) as partial:
        (partial / "a").write_bytes(b"half")
        raise KeyboardInterrupt
    assert not list(folder.iterdir())
    with partial_folder(folder) as partial:
        (partial / "a").write_bytes(b"whole")
        partial.rename(folder / "film")
    assert only_file(folder) == folder / "film"


def test_stale_partial_folders_are_removed_and_those_in_use_are_not(folder: Path) -> None:
    killed = folder / f".batchff-{DIGITS}"
    killed.write_bytes(b"")
    orphan = DIGITS[::-1]
    for stale in (f"{killed.name}-folder", f".batchff-{orphan}-folder"):
        (folder / stale / "720").mkdir(parents=True)
        (folder / stale / "720" / "0.ts").write_bytes(b"cut off")
    kept = {".batchff-notes-folder", f".batchff-{DIGITS}-folders", f"batchff-{DIGITS}-folder"}
    for name in kept:
        (folder / name).mkdir()
    target = folder.parent / "target"
    target.mkdir()
    (target / "mine").write_bytes(b"mine")
    link = folder / f".batchff-{'0' * 24}-folder"
    link.symlink_to(target)
    with partial_folder(folder) as partial:
        (partial / "0.ts").write_bytes(b"film")
        remove_stale_partials(folder)
        lock = partial.name.removesuffix("-folder")
        left = {path.name for path in folder.iterdir()}
        assert left == {*kept, link.name, lock, partial.name}
        assert (partial / "0.ts").read_bytes() == b"film"
    assert (target / "mine").read_bytes() == b"mine"


def test_a_folder_behind_a_link_beside_a_stale_file_stays(folder: Path) -> None:
    (folder / f".batchff-{DIGITS}").write_bytes(b"")
    target = folder.parent / "target"
    target.mkdir()
    (target / "mine").write_bytes(b"mine")
    (folder / f".batchff-{DIGITS}-folder").symlink_to(target)
    remove_stale_partials(folder)
    assert (target / "mine").read_bytes() == b"mine"


def test_a_partial_file_taken_for_stale_before_it_is_locked_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    removed: list[str] = []

    def remove_first(descriptor: int, operation: int) -> None:
        if not removed:
            removed.append(only_file(folder).name)
            remove_stale_partials(folder)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with partial_file(folder) as file:
        assert only_file(folder).name not in removed
        move_partial(file, folder / "a", modified=1000.0, overwrite=False)
    assert only_file(folder) == folder / "a"


def test_where_there_are_no_locks_nothing_is_taken_for_stale(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with partial_file(folder):
        in_use = only_file(folder)
        remove_stale_partials(folder)
        assert only_file(folder) == in_use
    with partial_folder(folder) as partial:
        remove_stale_partials(folder)
        assert partial.is_dir()


def test_a_disk_that_tells_late_that_it_is_full_is_heard_before_the_move(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = os.close

    def refuse(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "close", refuse)
    with pytest.raises(OSError, match="No space left"), partial_file(folder) as file:
        move_partial(file, folder / "a", modified=1000.0, overwrite=False)
    assert not list(folder.iterdir())
