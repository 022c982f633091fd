"""A file that crashes its process, hangs or eats memory costs itself alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from batchff.errors import BatchffError, NotFoundError
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.inspection import Inspection, NotMedia
from tests.media_sources import CLIPS

CITY = CLIPS / "city.mp4"

# A worker of ours that files can spoil, by their names.
SPOILT = """
import os, sys
from pathlib import Path
from batchff.ffmpeg.inspection import worker
from batchff.model.inspection import NotMedia
if len(sys.argv) > 1:
    Path(sys.argv[1], str(os.getpid())).touch()
really = worker._look_at
def look(path):
    name = Path(path).name
    if name.startswith("crash"):
        os.abort()
    while name.startswith("hang"):
        pass
    if name.startswith("memory"):
        bytearray(worker.MEMORY)
    if name.startswith("raise"):
        raise ZeroDivisionError
    if name.startswith("print"):
        print("noise")
        os.write(1, b"more noise")
    if name.startswith("environment"):
        return NotMedia(" ".join(os.environ))
    return really(path)
worker._look_at = look
worker.main()
"""


def spoilt(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-c", SPOILT, *words)


@pytest.fixture(scope="module")
def inspectors() -> Iterator[Inspectors]:
    with Inspectors(command=spoilt(), patience=2.0, most=1) as inspectors:
        yield inspectors


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """A folder for a file of each process that is started."""
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


def city_called(name: str, tmp_path: Path) -> Path:
    path = tmp_path / name
    path.write_bytes(CITY.read_bytes())
    return path


def test_a_file_of_this_machine_is_looked_into() -> None:
    with Inspectors() as inspectors:
        inspected = inspectors.inspect(CITY)

    assert isinstance(inspected, Inspection)
    assert [stream.codec for stream in inspected.streams] == ["h264", "aac"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("crash.mp4", "it makes the program that reads it crash"),
        ("hang.mp4", "reading it takes too long"),
        ("memory.mp4", "reading it takes too much memory"),
        ("raise.mp4", "it makes the program that reads it crash"),
    ],
)
def test_a_hostile_file_costs_itself_alone(
    name: str, reason: str, inspectors: Inspectors, tmp_path: Path
) -> None:
    if name.startswith("memory") and sys.platform != "linux":
        pytest.skip("only Linux limits memory")
    paths = [CITY, city_called(name, tmp_path), CITY]

    before, hostile, after = inspectors.inspect_several(paths)

    assert hostile == NotMedia(reason)
    assert before == after == inspectors.inspect(CITY)
    assert isinstance(before, Inspection)


def test_what_a_library_prints_isnt_taken_for_an_answer(
    inspectors: Inspectors, tmp_path: Path
) -> None:
    assert inspectors.inspect(city_called("print.mp4", tmp_path)) == inspectors.inspect(CITY)


def test_the_process_has_no_credential(
    inspectors: Inspectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", "secret")
    with Inspectors(command=spoilt()) as others:
        seen = others.inspect(city_called("environment.mp4", tmp_path))

    assert isinstance(seen, NotMedia)
    assert "PATH" in seen.reason and "AZURE" not in seen.reason


def test_what_cant_be_opened_has_the_systems_words(inspectors: Inspectors, tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):  # not on Windows
        os.mkfifo(tmp_path / "pipe.mp4")
        assert inspectors.inspect(tmp_path / "pipe.mp4") == NotMedia("not a regular file")
    assert inspectors.inspect(tmp_path) == NotMedia("not a regular file")
    assert inspectors.inspect(tmp_path / "none.mp4") == NotMedia("No such file or directory")


@pytest.mark.parametrize("name", ["a\nb.mp4", "é \U0001f600.mp4", "--version.mp4", "%03d.mp4"])
def test_any_name_will_do(name: str, inspectors: Inspectors, tmp_path: Path) -> None:
    assert inspectors.inspect(city_called(name, tmp_path)) == inspectors.inspect(CITY)


def test_a_name_that_is_no_text_will_do(inspectors: Inspectors, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp4"))
    try:
        path.write_bytes(CITY.read_bytes())
    except OSError:
        pytest.skip("this file system takes only text")
    assert inspectors.inspect(path) == inspectors.inspect(CITY)


def test_results_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    texts = [tmp_path / f"text{number}.mp3" for number in range(30)]
    for path in texts:
        path.write_text("hello text")
    paths = [each for text in texts for each in (text, CITY)]

    with Inspectors(most=2) as inspectors:
        found = list(inspectors.inspect_all(paths))

    assert [isinstance(each, NotMedia) for each in found] == [True, False] * 30


def test_many_threads_may_ask(tmp_path: Path) -> None:
    with Inspectors(most=2) as inspectors, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(inspectors.inspect, [CITY] * 40))

    assert set(found) == {found[0]}


def test_for_a_few_files_one_process_is_started(pids: Path) -> None:
    with Inspectors(command=spoilt(str(pids)), most=4) as inspectors:
        list(inspectors.inspect_all([CITY] * 20))

    assert len(list(pids.iterdir())) == 1


def test_a_file_that_is_elsewhere_is_read_in_a_few_large_parts() -> None:
    data, read = CITY.read_bytes(), []

    def read_at(start: int, length: int) -> bytes:
        read.append(length)
        return data[start : start + length]

    with Inspectors() as inspectors:
        assert inspectors.inspect_blob(len(data), ".mp4", read_at) == inspectors.inspect(CITY)
    assert read == [len(data)]


def test_what_the_reader_raises_is_raised_and_the_next_file_is_looked_into() -> None:
    def fail(start: int, length: int) -> bytes:
        raise NotFoundError("it's gone", hint="look again")

    with Inspectors(most=1) as inspectors:
        with pytest.raises(NotFoundError, match="it's gone"):
            inspectors.inspect_blob(1000, ".mp4", fail)
        assert isinstance(inspectors.inspect(CITY), Inspection)


@pytest.mark.parametrize(
    "answer",
    [
        '{"read":[0,1001]}',
        '{"read":[-1,10]}',
        '{"read":[0,0]}',
        '{"read":"all"}',
        '{"format":1}',
        "nonsense",
    ],
)
def test_what_a_process_says_is_not_taken_for_granted(answer: str) -> None:
    liar = f"print('{{\"ready\":true}}', flush=True); input(); print('{answer}', flush=True)"
    read = []

    def read_at(start: int, length: int) -> bytes:
        read.append((start, length))
        return b""

    with Inspectors(command=(sys.executable, "-c", liar)) as inspectors:
        inspected = inspectors.inspect_blob(1000, ".mp4", read_at)

    assert inspected == NotMedia("it makes the program that reads it crash")
    assert read == []


def test_a_program_that_doesnt_start_is_no_files_fault() -> None:
    with (
        Inspectors(command=(sys.executable, "-c", "")) as inspectors,
        pytest.raises(BatchffError, match="doesn't start"),
    ):
        inspectors.inspect(CITY)


def test_no_process_is_left(pids: Path) -> None:
    with Inspectors(command=spoilt(str(pids))) as inspectors:
        inspectors.inspect(CITY)
    (pid,) = (int(path.name) for path in pids.iterdir())

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
