from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator.launch import Connection
from tests.emulator import examples
from tests.end_to_end.conftest import CLIPS, Batchff
from tests.end_to_end.foreign import make_job


def test_a_pool_is_scaled_by_the_service_whatever_becomes_of_the_client(
    batchff: Batchff, account: Connection
) -> None:
    batchff("pool", "create", "scaled", "--nodes", "2", "--slots", "3", "--wait")

    service = BatchClient(
        account.batch_endpoint,
        AzureNamedKeyCredential(account.batch_account, account.batch_key),
    )
    pool = service.get_pool("scaled")
    assert pool.enable_auto_scale
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=5)
    assert "$NodeDeallocationOption = taskcompletion;" in (pool.auto_scale_formula or "")
    assert pool.target_dedicated_nodes == 2
    assert pool.task_slots_per_node == 3
    assert pool.start_task is not None
    assert "ffmpeg" in pool.start_task.command_line


def test_asking_for_a_pool_twice_finds_it(batchff: Batchff) -> None:
    first = batchff("--json", "pool", "create", "--slots", "7")
    again = batchff("--json", "pool", "create", "--slots", "7")
    other = batchff("--json", "pool", "create", "--slots", "8")

    assert first.result["created"] is True
    assert again.result == {"pool": first.result["pool"], "created": False}
    assert other.result["pool"] != first.result["pool"]


def test_the_default_image_is_looked_up_in_the_services_list(
    batchff: Batchff, service: BatchClient
) -> None:
    batchff("pool", "create", "auto")
    batchff(
        "pool", "create", "older", "--image", "canonical:0001-com-ubuntu-server-jammy:22_04-lts"
    )

    def image(pool: str) -> tuple[Any, Any]:
        machine = service.get_pool(pool).virtual_machine_configuration
        assert machine is not None
        return machine.image_reference.offer, machine.node_agent_sku_id

    assert image("auto") == ("ubuntu-24_04-lts", "batch.node.ubuntu 24.04")
    assert image("older") == ("0001-com-ubuntu-server-jammy", "batch.node.ubuntu 22.04")
    unknown = batchff("--json", "pool", "create", "new", "--image", "debian:debian-12:21")
    assert unknown.code == 1
    assert "debian:debian-12:12" in unknown.error["hint"]
    assert "new" not in [pool.id for pool in service.list_pools()]


def test_a_pool_that_stands_with_another_specification_is_told_in_what(batchff: Batchff) -> None:
    batchff("pool", "create", "stands", "--slots", "2", "--nodes", "1")

    other = batchff("pool", "create", "stands", "--slots", "3", "--vm-size", "Standard_D8s_v5")

    assert other.code == 1
    assert (
        "pool 'stands' stands with --vm-size Standard_D4s_v5 instead of Standard_D8s_v5, "
        "--slots 2 instead of 3" in other.err
    )


def test_only_the_counts_of_nodes_are_changed_in_place(
    batchff: Batchff, service: BatchClient
) -> None:
    batchff("pool", "create", "grows", "--nodes", "1")

    planned = batchff("submit", CLIPS, "--pool", "grows", "--spot", "2", "--dry-run")
    assert (planned.code, "from now on" in planned.err) == (0, False)

    grown = batchff("--json", "pool", "create", "grows", "--spot", "2", "--max-nodes", "3")

    assert grown.result["created"] is False
    (notice,) = [event["message"] for event in grown.events if event["event"] == "notice"]
    assert notice == (
        "pool grows has from now on --nodes 0 instead of 1, --spot 2 instead of 0, "
        "--max-nodes 3 instead of 1"
    )
    pool = service.get_pool("grows")
    assert {item.name: item.value for item in pool.metadata or ()}["batchff_spot"] == "2"
    again = batchff("--json", "pool", "create", "grows", "--spot", "2", "--max-nodes", "3")
    assert not [event for event in again.events if event["event"] == "notice"]


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
    assert other.err == (
        "error: pool 'big' stands with --slots 2 instead of 7 "
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
    assert changed.err == (
        "error: pool 'standing' stands with --slots 2 instead of 7 "
        "(leave that out to use it as it is, or start another job with --job)\n"
    )
    assert moved.err == (
        "error: job 'stays' goes on in pool 'standing', not in 'another' "
        "(leave out --pool to continue it there, or start another job with --job)\n"
    )
    assert batchff("submit", one_clip, "--slots", "7", "--job", "starts").code == 0


def test_what_the_service_refuses_is_named(batchff: Batchff) -> None:
    refused = batchff("--json", "pool", "create", "contained", "--container-image", "ffmpeg:7")

    assert refused.code == 1
    assert "(virtualMachineConfiguration.containerConfiguration)" in refused.error["message"]


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
    static = ("--ffmpeg-url", f"{url}/{archive.name}", "--ffmpeg-sha256")

    done = batchff("--json", "submit", CLIPS / "city.mp4", "--job", "static", *static, checksum)

    assert done.code == 0
    (task,) = [event["task"] for event in done.events if event["event"] == "task.succeeded"]
    assert "an ffmpeg of its own" in batchff("logs", "static", task).out
