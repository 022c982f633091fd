"""`batchff pool` against an emulator of its own, whose account has few cores."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from azure.batch import BatchClient, models

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.emulator.options import ServiceOptions
from tests.emulator.running import wait_until
from tests.emulator_process import client_of, remove_jobs_and_pools
from tests.end_to_end.conftest import Batchff, Ran
from tests.end_to_end.foreign import IMAGE, make_job, make_pool

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z")
_NODE = re.compile(r"tvmps_[0-9a-f]{32}_[dp]")


@pytest.fixture(scope="module")
def _few_cores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    root = tmp_path_factory.mktemp("emulator")
    try:
        yield launch.start(root, ServiceOptions(core_quota=8))
    finally:
        launch.stop(root)


@pytest.fixture
def emulator(_few_cores: Connection) -> Iterator[Connection]:
    yield _few_cores
    with client_of(_few_cores) as client:
        remove_jobs_and_pools(client)


def shown(ran: Ran) -> str:
    """What a command printed, with times and nodes' ids as names."""
    assert (ran.code, ran.err) == (0, "")
    assert max(len(_NODE.sub("NODE", line)) for line in ran.out.splitlines()) <= 80
    return _NODE.sub("NODE", _TIME.sub("TIME", ran.out))


def made(batchff: Batchff, pool: str, *words: str) -> str:
    """Make a pool, and wait for its nodes."""
    ran = batchff("pool", "create", pool, "--vm-size", "Standard_D2s_v5", "--wait", *words)
    assert ran.code == 0, ran.err
    return pool


def metadata(service: BatchClient, pool: str) -> dict[str, str]:
    return {item.name: item.value for item in service.get_pool(pool).metadata or ()}


def test_pools_are_listed_the_newest_first(batchff: Batchff, service: BatchClient) -> None:
    assert shown(batchff("pool", "list")) == "no pools\n"
    made(batchff, "first", "--nodes", "2")
    made(batchff, "second", "--spot", "1")
    make_pool(service, "theirs", nodes=0)

    assert shown(batchff("pool", "list")) == (
        "second  active  1/1 Spot  standard_d2s_v5  TIME\n"
        "first   active  2/2       standard_d2s_v5  TIME\n"
    )
    assert "theirs  active  0/0" in batchff("pool", "list", "--all").out
    listed = batchff("--json", "pool", "list", "--all").result["pools"]
    assert [(pool["pool"], pool["batchff"]) for pool in listed] == [
        ("theirs", False),
        ("second", True),
        ("first", True),
    ]
    assert (
        listed[1].items()
        >= {
            "state": "active",
            "allocation_state": "steady",
            "nodes": 0,
            "target_nodes": 0,
            "spot": 1,
            "target_spot": 1,
            "vm_size": "standard_d2s_v5",
        }.items()
    )


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
        "asked    1 dedicated while there is work\n"
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
        "pool     broken (not batchff's)\n"
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


def test_a_pool_of_ours_gets_the_formula_for_its_new_counts(
    batchff: Batchff, service: BatchClient
) -> None:
    made(batchff, "ours", "--nodes", "1")

    ran = batchff("pool", "resize", "ours", "--nodes", "2", "--spot", "1")

    assert shown(ran) == "pool ours is to have 2 dedicated and 1 Spot nodes\n"
    wait_until(lambda: len(list(service.list_nodes("ours"))) == 3)
    assert service.get_pool("ours").enable_auto_scale
    kept = metadata(service, "ours")
    assert (kept["batchff_nodes"], kept["batchff_spot"]) == ("2", "1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to change"),
        (["--nodes", "0"], "a pool needs a node"),
        (["--nodes", "3", "--max-nodes", "2"], "--max-nodes 2 is fewer than 3 dedicated nodes"),
    ],
)
def test_counts_that_can_not_be_are_refused(batchff: Batchff, words: list[str], told: str) -> None:
    batchff("pool", "create", "ours", "--nodes", "1")

    ran = batchff("pool", "resize", "ours", *words)

    assert ran.code == 2
    assert ran.err.startswith(f"error: {told}")


def test_somebody_elses_pool_is_resized_as_it_is(batchff: Batchff, service: BatchClient) -> None:
    make_pool(service, "fixed", nodes=1)
    wait_until(lambda: service.get_pool("fixed").allocation_state == "steady")

    assert batchff("--json", "pool", "resize", "fixed", "--spot", "1").result == {
        "pool": "fixed",
        "nodes": 1,
        "spot": 1,
    }

    pool = service.get_pool("fixed")
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes) == (1, 1)
    refused = batchff("pool", "resize", "fixed", "--max-nodes", "5")
    assert refused.err == "error: --max-nodes is for batchff's pools, and 'fixed' is none\n"


def test_somebody_elses_formula_stays(batchff: Batchff, service: BatchClient) -> None:
    service.create_pool(
        models.BatchPoolCreateOptions(
            id="scaled",
            vm_size="Standard_D2s_v5",
            virtual_machine_configuration=IMAGE,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 0;",
        )
    )

    ran = batchff("pool", "resize", "scaled", "--nodes", "2")

    assert ran.code == 1
    assert ran.err == (
        "error: pool 'scaled' scales itself by a formula that isn't batchff's "
        "(change the formula with the program that made it)\n"
    )


def test_a_pool_is_deleted_and_its_jobs_are_told(batchff: Batchff, service: BatchClient) -> None:
    batchff("pool", "create", "ours", "--nodes", "1")
    make_job(service, "waiting", "OURS", "sleep 600")

    asked = batchff("pool", "delete", "ours")
    assert asked.code == 2
    assert "give --yes" in asked.err

    ran = batchff("pool", "delete", "ours", "--yes")
    assert shown(ran) == ("pool ours is being deleted; 1 job waits for it until ended: waiting\n")
    wait_until(lambda: "ours" not in [pool.id for pool in service.list_pools()])


def test_only_batchffs_pools_are_deleted(batchff: Batchff, service: BatchClient) -> None:
    make_pool(service, "theirs", nodes=0)

    ran = batchff("pool", "delete", "theirs", "--yes")

    assert ran.code == 1
    assert ran.err.startswith("error: pool 'theirs' wasn't made by batchff, so it stays")
    assert service.get_pool("theirs").state == "active"


def test_images_are_listed_the_newest_first(batchff: Batchff) -> None:
    assert shown(batchff("pool", "images")) == (
        "canonical:ubuntu-24_04-lts:server                 ubuntu 24.04  -           auto\n"
        "microsoft-dsvm:ubuntu-hpc:2404                    ubuntu 24.04  -\n"
        "canonical:0001-com-ubuntu-server-jammy:22_04-lts  ubuntu 22.04  2027-06-30\n"
        "microsoft-dsvm:ubuntu-hpc:2204                    ubuntu 22.04  2027-06-30\n"
    )
    everything = batchff("--json", "pool", "images", "--all").result["images"]
    assert [image["image"] for image in everything if not image["verified"]] == [
        "debian:debian-12:12",
        "almalinux:almalinux-x86_64:9-gen2",
    ]
    (auto,) = [image for image in everything if image["auto"]]
    assert auto["agent"] == "batch.node.ubuntu 24.04"


def test_nodes_that_come_are_told(batchff: Batchff) -> None:
    ran = batchff("pool", "create", "ours", "--nodes", "1", "--wait", "--timeout", "1m")

    assert (ran.code, ran.out) == (0, "ours\n")
    lines = ran.err.splitlines()
    assert lines[0] == "pool ours made"
    assert lines[-1] == "nodes: 1 idle"


def test_waiting_ends_where_the_quota_allows_no_node(batchff: Batchff) -> None:
    words = ("--nodes", "1", "--vm-size", "Standard_D16s_v5")
    ran = batchff("pool", "create", "large", *words, "--wait")

    assert ran.code == 1
    assert ran.err == (
        "pool large made\n"
        "pool large stays, and is taken to no nodes\n"
        "error: pool 'large' can't run a task: nodes can't be had: AccountCoreQuotaReached: "
        "The specified account core quota has been reached (ask for fewer nodes "
        "(batchff pool resize) or another --vm-size, or have the quota raised: "
        "see Quotas of the Batch account in the Azure portal)\n"
    )


def test_waiting_ends_where_no_node_can_fetch_its_ffmpeg(batchff: Batchff) -> None:
    words = ("--ffmpeg-url", "http://127.0.0.1:1/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64)
    ran = batchff("--json", "pool", "create", "ours", "--nodes", "1", *words, "--wait")

    assert ran.code == 1
    reason = "BlobDownloadMiscError: Miscellaneous error encountered while downloading"
    (failed,) = [event for event in ran.events if event["event"] == "node.failed"]
    assert failed["reason"].startswith(reason)
    assert "FilePath http://127.0.0.1:1/ffmpeg.tar.xz" in failed["reason"]
    assert f"the start task failed on node {failed['node']}: {reason}" in ran.error["message"]
    assert ran.error["hint"].endswith("batchff pool delete ours")


def test_a_timeout_goes_with_waiting(batchff: Batchff) -> None:
    ran = batchff("pool", "create", "ours", "--timeout", "1m")
    assert (ran.code, ran.err) == (2, "error: --timeout goes with --wait\n")
