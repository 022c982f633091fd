"""A tree of files whose names and sizes clients have trouble with."""

from __future__ import annotations

from pathlib import Path

from tests.storage_servers import write_random

LARGE = "large/several blocks.bin"
LARGE_SIZE = 9 * 1024 * 1024 + 1

SIZES = {
    "plain.txt": 12,
    "empty": 0,
    "with spaces/a file.txt": 100_000,
    "100% & more #1?.txt": 7,
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}/\N{CLAPPER BOARD} film.mp4": 65_537,
    LARGE: LARGE_SIZE,
}


def make_tree(folder: Path) -> Path:
    """Fill a new folder with the files; return it."""
    for name, size in SIZES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_random(path, size)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their paths in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
