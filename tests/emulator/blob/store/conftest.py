"""A store of its own for each test, with a container in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator.blob.store import Store
from batchff.emulator.blob.store.records import Container
from batchff.emulator.root import open_root


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(open_root(tmp_path), now=1)
    yield store
    store.close()


@pytest.fixture
def films(store: Store) -> Container:
    container = store.containers.create("films", {}, now=1)
    assert container is not None
    return container
