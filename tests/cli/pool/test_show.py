"""`batchff pool show`."""

from __future__ import annotations

from azure.batch import BatchClient

from tests.cli.pool.conftest import made, shown
from tests.commands import Batchff
from tests.emulator.running import wait_until
from tests.foreign import make_job, make_pool


def test_a_pool_is_shown_with_its_nodes_and_jobs(batchff: Batchff, service: BatchClient) -> None:
    made(batchff, "shown", "--nodes", "1", "--slots", "2")
    make_job(service, "busy", "shown", "sleep 600")
    wait_until(lambda: service.get_task("busy", "task-0").state == "running")

    assert shown(batchff("pool", "show", "shown")) == (
        "pool     shown\n"
        "state    active, steady\n"
        "made     TIME\n"
        "size     standard_d2s_v5, 2 tasks on a node at a time\n"
        "image    canonical:ubuntu-24_04-lts:server\n"
        "ffmpeg   the image's own\n"
        "spec     1 dedicated while there is work\n"
        "nodes    1/1: 1 running\n"
        "formula  TIME: 1 dedicated, 0 Spot\n"
        "node     NODE: running, 1 task\n"
        "jobs     busy (active)\n"
    )
    data = batchff("--json", "pool", "show", "SHOWN").result
    assert data["specification"]["nodes"] == 1
    assert data["formula_run"]["nodes"] == 1
    assert data["node_states"] == {"running": 1}
    assert data["node_list"][0]["running_tasks"] == 1
    assert data["jobs"] == [{"job": "busy", "state": "active"}]


def test_a_failed_start_task_is_shown_with_what_it_said(
    batchff: Batchff, service: BatchClient
) -> None:
    make_pool(service, "broken", start="sh -c 'echo no such mirror >&2; exit 3'")
    wait_until(lambda: [n.state for n in service.list_nodes("broken")] == ["starttaskfailed"])

    assert shown(batchff("pool", "show", "broken")) == (
        "pool     broken (another program's)\n"
        "state    active, steady\n"
        "made     TIME\n"
        "size     standard_d2s_v5, 4 tasks on a node at a time\n"
        "image    canonical:ubuntu-24_04-lts:server\n"
        "nodes    1/1: 1 starttaskfailed\n"
        "formula  none: it keeps its nodes, with or without tasks\n"
        "node     NODE: starttaskfailed\n"
        "           exit code 3 (FailureExitCode)\n"
        "             no such mirror\n"
        "jobs     none\n"
    )
    (node,) = batchff("--json", "pool", "show", "broken").result["node_list"]
    assert node["start_task_output"] == ["no such mirror"]


def test_a_pool_that_is_not_there_is_told(batchff: Batchff) -> None:
    for command in ("show", "delete", "resize"):
        words = ["--nodes", "1"] if command == "resize" else []
        ran = batchff("pool", command, "nobody", *words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == "error: there is no pool 'nobody' (see: batchff pool list --all)\n"
