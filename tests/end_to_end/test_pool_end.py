"""What's left of a pool when a command ends before its job does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError

from batchff.emulator.launch import Connection
from tests.commands import Batchff, Ran, ran_of
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool

NO_FFMPEG = ("--ffmpeg", "http://127.0.0.1:1/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)
"""Where no node can fetch its ffmpeg, so that every start task fails."""

IN_REAL_TIME = ("--suffix", ".mp3", "--", "-re", "-stream_loop", "-1", "-i", "{input}", "-t", "600")


def goes(service: BatchClient, pool: str) -> bool:
    """Say whether a pool is gone, or about to go."""
    try:
        return service.get_pool(pool).state == "deleting"
    except ResourceNotFoundError:
        return True


def target(service: BatchClient, pool: str) -> int:
    """Return how many nodes a pool is to have, of both kinds."""
    status = service.get_pool(pool)
    return (status.target_dedicated_nodes or 0) + (status.target_low_priority_nodes or 0)


def ends_without_nodes(service: BatchClient, pool: str) -> None:
    wait_until(lambda: target(service, pool) == 0 and not list(service.list_nodes(pool)))


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Have a file change all the time."""
    end = threading.Event()

    def change() -> None:
        seconds = 0
        while not end.wait(0.001):
            seconds += 1
            os.utime(path, (seconds, seconds))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def test_a_pool_whose_start_task_fails_is_removed(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    ran = batchff("--json", "submit", one_clip, "--job", "no-start", *NO_FFMPEG)

    assert ran.code == 1
    assert ran.error["message"].startswith("pool 'no-start' can't run a task: the start task")
    assert ran.error["hint"].endswith("remove the job with: batchff cleanup no-start")
    assert removed(ran) == ["no-start"]
    assert goes(service, "no-start")
    assert service.get_job("no-start").state == "active"


def test_who_watches_a_detached_job_removes_its_pool_if_that_can_not_work(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    submit = ("submit", one_clip, "--job", "left", "--detach", *NO_FFMPEG)
    assert batchff(*submit).code == 0
    assert not goes(service, "left")

    ran = batchff("watch", "left", "--timeout", "1m")

    assert (ran.code, "removed: pool left" in ran.err) == (1, True)
    assert goes(service, "left")


def test_a_pool_that_is_to_be_kept_has_no_nodes_if_they_can_not_work(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    keep = ("submit", one_clip, "--job", "kept", "--keep-pool", "--pool", "keeps")
    ran = batchff(*keep, *NO_FFMPEG)

    assert ran.code == 1
    assert "pool keeps stays, and its nodes are removed" in ran.err.splitlines()
    assert "remove both with: batchff cleanup kept --pool" in ran.err
    ends_without_nodes(service, "keeps")
    shown = batchff("pool", "show", "keeps").out
    assert "it removed its nodes: tasks waited on them and none ran" in shown
    assert "it has no nodes: tasks waited on them" in batchff("job", "show", "kept").out
    assert batchff("--json", "job", "show", "kept").result["pool_gave_up"] is True


def test_a_pool_that_was_made_before_is_not_removed(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    ran = batchff("pool", "create", "before", "--nodes", "1", *NO_FFMPEG, "--wait")
    assert (ran.code, "its nodes are removed" in ran.err) == (1, True)
    ends_without_nodes(service, "before")


@pytest.mark.parametrize("detach", [(), ("--detach",)], ids=["attended", "detached"])
def test_a_pool_goes_where_no_input_could_be_sent(
    batchff: Batchff, service: BatchClient, one_clip: Path, detach: tuple[str, ...]
) -> None:
    name = f"changing{len(detach)}"
    with changing(one_clip / "short.wav"):
        ran = batchff("submit", one_clip, "--job", name, *detach)

    assert (ran.code, "changed while it was sent" in ran.err) == (0 if detach else 3, True)
    assert goes(service, name)
    assert batchff("watch", name).code == 3


def test_a_pool_goes_on_where_other_inputs_were_sent(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    (one_clip / "changing.wav").write_bytes((one_clip / "short.wav").read_bytes())
    with changing(one_clip / "changing.wav"):
        ran = batchff("submit", one_clip, "--job", "some", "--detach", *IN_REAL_TIME)

    assert (ran.code, "changed while it was sent" in ran.err) == (0, True)
    assert "no nodes" not in ran.err.replace("stays, without nodes", "")
    assert target(service, "some") > 0


def deleted_under(service: BatchClient, job: str, *words: str | Path) -> Ran:
    """Run a command in a process of its own, and delete its job when a task of it runs."""
    command = [sys.executable, "-m", "batchff", "--json", *map(str, words)]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    assert running.stdout is not None
    first = running.stdout.readline()  # it has begun to look

    def runs() -> bool:
        try:
            return any(task.state == "running" for task in service.list_tasks(job))
        except ResourceNotFoundError:
            return False

    wait_until(runs)
    service.begin_delete_job(job, polling_interval=0)
    rest, err = running.communicate(timeout=60)
    return ran_of(command, running.returncode, first + rest, err)


def removed(ran: Ran) -> list[str]:
    """Return the pools that a command says it removed."""
    return [event["name"] for event in ran.events if event["event"] == "removed"]


def test_a_pool_is_removed_whose_job_somebody_deletes(
    account: Connection, service: BatchClient, one_clip: Path
) -> None:
    ran = deleted_under(service, "deleted", "submit", one_clip, "--job", "deleted", *IN_REAL_TIME)

    assert ran.error["message"] == "job 'deleted' was deleted while it was watched"
    assert removed(ran) == ["deleted"]
    assert goes(service, "deleted")


def test_a_pool_is_removed_whose_detached_job_somebody_deletes(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    batchff("submit", one_clip, "--job", "unattended", "--detach", *IN_REAL_TIME)

    ran = deleted_under(service, "unattended", "watch", "unattended")

    assert ran.error["message"] == "job 'unattended' was deleted while it was watched"
    assert removed(ran) == ["unattended"]
    assert goes(service, "unattended")


def test_a_pool_that_is_not_batchffs_is_never_touched(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    make_pool(service, "somebodys", start="false")
    submit = ("submit", one_clip, "--job", "guest", "--pool", "somebodys")

    assert batchff(*submit).code == 1
    assert batchff("watch", "guest", "--timeout", "1m").code == 1

    assert (goes(service, "somebodys"), target(service, "somebodys")) == (False, 1)


def test_a_pool_that_another_job_uses_is_left_to_it(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    make_job(service, "another", "shared-one", "true")

    ran = batchff("submit", one_clip, "--job", "one", "--pool", "shared-one", *NO_FFMPEG)

    assert ran.code == 1
    assert "pool shared-one stays: another job uses it" in ran.err.splitlines()
    assert (goes(service, "shared-one"), target(service, "shared-one")) == (False, 1)


def test_a_pool_that_its_job_left_to_another_goes_with_the_last(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    make_job(service, "another", "shared-two", "true")
    shared = ("--pool", "shared-two")
    left = batchff("submit", one_clip, "--job", "maker", *shared)
    assert "pool shared-two stays: another job uses it" in left.err.splitlines()
    assert batchff("job", "stop", "another", "--yes").code == 0

    kept = batchff("submit", one_clip, "--job", "keeper", *shared, "--keep-pool", "--again")
    assert (left.code, kept.code, goes(service, "shared-two")) == (0, 0, False)
    assert batchff("submit", one_clip, "--job", "last", *shared, "--again").code == 0

    assert goes(service, "shared-two")
