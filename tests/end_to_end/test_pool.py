from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient

from tests.commands import CLIPS, Batchff
from tests.emulator import examples
from tests.foreign import make_job


def test_a_pool_that_batchff_did_not_make_is_used_as_it_is_but_not_taken_for_its_own(
    batchff: Batchff, service: BatchClient
) -> None:
    service.create_pool(examples.pool("anothers", nodes=1, task_slots_per_node=2))

    made = batchff("pool", "create", "anothers")
    assert (made.code, "that batchff didn't make" in made.err) == (1, True)
    used = batchff(
        "submit", CLIPS / "city.mp4", "--pool", "anothers", "--nodes", "9", "--job", "in-anothers"
    )
    assert used.code == 0
    assert "isn't batchff's: it is used as it is" in used.err
    assert service.get_pool("anothers").target_dedicated_nodes == 1


def test_a_job_in_a_pool_of_another_size_uses_it_as_it_is(
    batchff: Batchff, service: BatchClient
) -> None:
    batchff("pool", "create", "big", "--vm-size", "Standard_D8s_v5", "--nodes", "2")

    assert batchff("submit", CLIPS / "city.mp4", "--pool", "big", "--job", "in-big").code == 0
    metadata = {item.name: item.value for item in service.get_pool("big").metadata or ()}
    assert (metadata["batchff_vm_size"], metadata["batchff_nodes"]) == ("Standard_D8s_v5", "2")

    other = batchff("submit", CLIPS / "city.mp4", "--pool", "big", "--slots", "7", "--job", "more")
    assert other.code == 1
    assert other.err.removeprefix("1 file inspected\n") == (
        "error: pool 'big' exists with --slots 2 instead of 7 "
        "(leave that out to use it as it is, or choose another with --pool)\n"
    )


def test_a_job_that_is_continued_stays_on_its_pool(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    batchff("pool", "create", "standing")
    make_job(service, "stays", "standing", "sleep 600", ours=True)
    submit = ("submit", one_clip, "--job", "stays")

    changed = batchff(*submit, "--slots", "7")
    moved = batchff(*submit, "--pool", "another")

    assert changed.code == moved.code == 1
    assert changed.err.removeprefix("1 file inspected\n") == (
        "error: pool 'standing' exists with --slots 2 instead of 7 "
        "(leave that out to use it as it is, or start another job with --job)\n"
    )
    assert moved.err.removeprefix("1 file inspected\n") == (
        "error: job 'stays' goes on in pool 'standing', not in 'another' "
        "(leave out --pool to continue it there, or start another job with --job)\n"
    )
    assert batchff("submit", one_clip, "--slots", "7", "--job", "starts").code == 0


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server, and the folder of what it has."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", folder
        finally:
            server.shutdown()
            thread.join()


def test_tasks_use_the_static_ffmpeg_that_a_pool_was_given(
    batchff: Batchff, web: tuple[str, Path]
) -> None:
    url, folder = web
    build = folder / "ffmpeg-7-static"
    build.mkdir()
    said = 'case "$*" in *-progress*) echo an ffmpeg of its own >&2 ;; esac'
    own = f'#!/bin/sh\n{said}\nexec {shutil.which("ffmpeg")} "$@"\n'
    (build / "ffmpeg").write_text(own)
    archive = Path(shutil.make_archive(str(build), "xztar", folder, build.name))
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    static = ("--ffmpeg", f"{url}/{archive.name}", "--ffmpeg-sha256")

    done = batchff("--json", "submit", CLIPS / "city.mp4", "--job", "static", *static, checksum)

    assert done.code == 0
    (task,) = [event["task"] for event in done.events if event["event"] == "task.succeeded"]
    assert "an ffmpeg of its own" in batchff("logs", "static", task).out
