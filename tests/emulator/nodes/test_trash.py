from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from batchff.emulator.nodes.trash import Trash


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    folder = tmp_path / "nodes"
    folder.mkdir()
    return folder


def _full(directory: Path) -> Path:
    (directory / "a" / "b").mkdir(parents=True)
    (directory / "a" / "file").write_text("x")
    return directory


def test_a_directory_is_gone_at_once_and_deleted_in_time(nodes: Path) -> None:
    async def run() -> None:
        trash = Trash(nodes)
        directory = _full(nodes / "node" / "workitems" / "job")

        trash.discard(directory)

        assert not directory.exists()
        directory.mkdir()
        await trash.stop()
        assert directory.exists()

    asyncio.run(run())
    assert [path.name for path in nodes.iterdir()] == ["node"]


def test_what_is_not_there_is_no_matter(nodes: Path) -> None:
    async def run() -> None:
        trash = Trash(nodes)
        trash.discard(nodes / "nothing")
        await trash.stop()

    asyncio.run(run())


def test_what_an_earlier_life_left_is_deleted(nodes: Path) -> None:
    _full(nodes / ".removed-1")

    async def run() -> None:
        trash = Trash(nodes)
        trash.start()
        await trash.stop()

    asyncio.run(run())
    assert list(nodes.iterdir()) == []
