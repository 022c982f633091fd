"""Puts outputs where tasks would, and downloads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from batchff.model.items import Output
from batchff.pipeline.outputs import output_place
from batchff.pipeline.transfer.download import Downloaded, download
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer


def put(to: StorageServer, outputs: dict[str, bytes]) -> None:
    """Put a job's outputs where its tasks would."""
    storage = to.storage()
    storage.ensure_container(to.container, {})
    for name, content in outputs.items():
        storage.upload_bytes(to.container, f"job/media/{name}", content, {})


def fetch(
    source: StorageServer,
    home: Path,
    recorder: Recorder | None = None,
    *,
    overwrite: bool = False,
    planned: Sequence[Output] = (),
) -> Downloaded:
    return download(
        output_place("job", source.container),
        folder=home,
        storage=source.storage(),
        reporter=recorder or Recorder(),
        overwrite=overwrite,
        planned=planned,
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


OUTPUTS = {
    "city.mp3": b"city",
    "a/b/harbour at dusk.mp3": b"harbour",
    "a/it's #1 100%.mp3": b"one",
    f"{unicodedata.normalize('NFD', 'café')}.mp3": b"nfd",
    f"{unicodedata.normalize('NFC', 'café')}.mp3": b"nfc",
}
