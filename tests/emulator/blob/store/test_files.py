from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from batchff.emulator.blob.store.files import CHUNK, Files
from batchff.emulator.blob.store.records import Span


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "blobs"
    folder.mkdir()
    return folder


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def cut_short() -> AsyncIterator[bytes]:
    yield b"half of it"
    raise ConnectionError


def test_a_body_is_stored_and_read_in_parts(folder: Path) -> None:
    body = bytes(range(256)) * (CHUNK // 128)

    async def scenario() -> None:
        files = Files(folder)
        received = await files.receive(chunks(body[:1000], body[1000:]), md5=True)

        assert received.length == len(body)
        assert received.md5 == hashlib.md5(body).digest()
        assert files.read([Span(received.name, 10, 20), Span(received.name, 0, 2)]) == (
            body[10:20] + body[:2]
        )
        streamed = [part async for part in files.stream([Span(received.name, 0, len(body))])]
        assert b"".join(streamed) == body
        assert max(map(len, streamed)) <= CHUNK
        files.close()

    asyncio.run(scenario())


def refused(*_: object) -> int:
    """What the system says in some sandboxes."""
    raise OSError(errno.ENOSYS, "not here")


@pytest.mark.parametrize("copying", ["by the system", "not known", "refused"])
def test_parts_are_copied_to_a_file_of_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, copying: str
) -> None:
    if copying == "not known":
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    elif copying == "refused":
        monkeypatch.setattr(os, "copy_file_range", refused, raising=False)
    body = bytes(range(256)) * (CHUNK // 128)

    async def scenario() -> None:
        files = Files(folder)
        first = await files.receive(chunks(body), md5=False)
        second = await files.receive(chunks(b"second"), md5=False)
        spans = [Span(first.name, 5, len(body)), Span(second.name, 1, 3)]

        task = asyncio.ensure_future(files.copy(spans))
        await asyncio.sleep(0)
        files.discard([first.name, second.name])
        copied = await task

        wanted = body[5:] + b"ec"
        assert copied.length == len(wanted)
        assert files.read([Span(copied.name, 0, len(wanted))]) == wanted
        with pytest.raises(EOFError):
            await files.copy([Span(copied.name, 0, len(wanted) + 1)])
        files.close()
        assert [path.name for path in folder.iterdir()] == [copied.name]

    asyncio.run(scenario())


def test_a_body_that_does_not_arrive_whole_leaves_no_file(folder: Path) -> None:
    async def scenario() -> None:
        files = Files(folder)
        with pytest.raises(ConnectionError):
            await files.receive(cut_short(), md5=False)
        files.close()

    asyncio.run(scenario())
    assert list(folder.iterdir()) == []


def test_a_file_that_is_read_is_deleted_after_that(folder: Path) -> None:
    async def scenario() -> None:
        files = Files(folder)
        received = await files.receive(chunks(b"film"), md5=False)
        reading = files.stream([Span(received.name, 0, 2), Span(received.name, 2, 4)])
        first = await anext(reading)
        files.discard([received.name])

        assert first + b"".join([part async for part in reading]) == b"film"
        files.close()

    asyncio.run(scenario())
    assert list(folder.iterdir()) == []


def test_a_start_removes_what_no_row_names(folder: Path) -> None:
    for name in ("kept", "left"):
        (folder / name).touch()

    Files(folder).sweep({"kept"})

    assert [path.name for path in folder.iterdir()] == ["kept"]
