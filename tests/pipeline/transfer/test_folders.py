from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from batchff.errors import TransferError
from batchff.events.download import FileDownloaded
from batchff.model.items import Output
from batchff.node.manifest import ManifestFile
from batchff.pipeline.names import manifest_blob, output_blob
from batchff.pipeline.outputs import output_place
from batchff.pipeline.transfer.download import Downloaded, download
from batchff.pipeline.transfer.folders import fetch_manifest, is_same_folder, move_folder
from batchff.pipeline.transfer.partials import partial_folder
from tests.pipeline.recorder import Recorder
from tests.pipeline.transfer.download_process import begun_download
from tests.storage_servers import StorageServer

FILES = {"master.m3u8": b"#EXTM3U", "720/0.ts": b"film" * 100, "720/1.ts": b"more"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def manifest(files: dict[str, bytes]) -> bytes:
    """What a node would write of these files."""
    lines = [
        f"{len(content)} {hashlib.md5(content, usedforsecurity=False).hexdigest()} {path}\n"
        for path, content in files.items()
    ]
    return "".join(lines).encode()


def put(to: StorageServer, files: dict[str, bytes], listed: bytes | None = None) -> None:
    """Put the folder `a/film` where its task would."""
    storage = to.storage()
    storage.ensure_container(to.container, {})
    blob = output_blob("job", "a/film")
    for path, content in files.items():
        storage.upload_bytes(to.container, f"{blob}/{path}", content, {})
    named = manifest(files) if listed is None else listed
    storage.upload_bytes(to.container, manifest_blob(blob), named, {})


def fetch(source: StorageServer, home: Path, *, overwrite: bool = False) -> Downloaded:
    return download(
        output_place("job", source.container),
        folder=home,
        storage=source.storage(),
        reporter=Recorder(),
        overwrite=overwrite,
        planned=[Output("a/film", output_blob("job", "a/film"), is_folder=True)],
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_has_what_its_manifest_names_and_nothing_else(
    storage_server: StorageServer, home: Path
) -> None:
    put(storage_server, FILES)
    left_over = f"{output_blob('job', 'a/film')}/old.ts"
    storage_server.storage().upload_bytes(storage_server.container, left_over, b"old", {})

    assert fetch(storage_server, home).files == 1

    assert tree(home / "a" / "film") == FILES
    assert [path.name for path in (home / "a").iterdir()] == ["film"]
    assert fetch(storage_server, home).unchanged == 1


def test_a_folder_that_differs_stays_unless_it_is_to_be_replaced(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, FILES)
    mine = home / "a" / "film"
    mine.mkdir(parents=True)
    (mine / "notes.txt").write_bytes(b"mine")

    with pytest.raises(TransferError, match="is there already, and has other files"):
        fetch(emulated_storage, home)

    assert tree(home) == {"a/film/notes.txt": b"mine"}
    fetch(emulated_storage, home, overwrite=True)
    assert tree(mine) == FILES
    assert [path.name for path in (home / "a").iterdir()] == ["film"]


def test_a_file_that_isnt_what_the_manifest_names_leaves_nothing(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, FILES, manifest({**FILES, "720/1.ts": b"less"}))

    with pytest.raises(TransferError, match="isn't the file that its folder's manifest names"):
        fetch(emulated_storage, home)

    assert tree(home) == {}
    assert not list((home / "a").iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "film. is gone, so"),
        (b"x", "is spoilt"),
        (b"1 x ../../a\n", "is spoilt"),
    ],
)
def test_without_a_good_manifest_nobody_knows_the_files(
    content: bytes | None, said: str, emulated_storage: StorageServer
) -> None:
    storage = emulated_storage.storage()
    storage.ensure_container(emulated_storage.container, {})
    if content is not None:
        storage.upload_bytes(emulated_storage.container, manifest_blob("film"), content, {})
    with pytest.raises(TransferError, match=said) as raised:
        fetch_manifest("film", emulated_storage.container, storage)
    assert raised.value.hint == "encode it again as a new job"


def test_the_same_folder_is_known_byte_for_byte(home: Path) -> None:
    (home / "720").mkdir()
    (home / "720" / "0.ts").write_bytes(b"film")
    md5 = hashlib.md5(b"film", usedforsecurity=False).hexdigest()
    named = ManifestFile("720/0.ts", 4, md5)
    assert is_same_folder(home, (named,))
    assert not is_same_folder(home, (named, ManifestFile("720/1.ts", 4, md5)))
    (home / "more.ts").write_bytes(b"")
    assert not is_same_folder(home, (named,))
    assert not is_same_folder(home / "gone", ())


def test_a_folder_goes_to_a_free_place_only(home: Path) -> None:
    (home / "taken").mkdir()
    with partial_folder(home) as partial:
        with pytest.raises(FileExistsError):
            move_folder(partial, home / "taken", overwrite=False)
        move_folder(partial, home / "free", overwrite=False)
    assert sorted(path.name for path in home.iterdir()) == ["free", "taken"]


def test_what_a_killed_download_left_of_a_folder_goes_with_the_next_one(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, FILES)
    with begun_download(emulated_storage, home, "a/film") as process:
        process.kill()
    (folder,) = [path for path in (home / "a").iterdir() if path.is_dir()]
    assert folder.name.startswith(".batchff-"), "killed before it was whole"

    assert fetch(emulated_storage, home).unchanged == 0

    assert [path.name for path in (home / "a").iterdir()] == ["film"]
    assert tree(home / "a" / "film") == FILES


def test_a_folder_that_another_download_fills_is_left_to_it(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, FILES)
    with begun_download(emulated_storage, home, "a/film") as process:
        assert fetch(emulated_storage, home).files == 1
        assert len(list((home / "a").iterdir())) == 3, "the other's folder and its lock are there"
        said, _ = process.communicate("go on\n", timeout=60)

    assert (process.returncode, said) == (0, "1\n"), "it finds the same folder at its place"
    assert [path.name for path in (home / "a").iterdir()] == ["film"]
    assert tree(home / "a" / "film") == FILES


def test_a_downloaded_folder_is_one_output_of_all_its_bytes(
    emulated_storage: StorageServer, home: Path
) -> None:
    put(emulated_storage, FILES)
    recorder = Recorder()
    download(
        output_place("job", emulated_storage.container),
        folder=home,
        storage=emulated_storage.storage(),
        reporter=recorder,
        planned=[Output("a/film", output_blob("job", "a/film"), is_folder=True)],
    )
    (told,) = recorder.of(FileDownloaded)
    assert (told.bytes, told.skipped) == (sum(map(len, FILES.values())), False)
    assert os.path.samefile(told.path, home / "a" / "film")
