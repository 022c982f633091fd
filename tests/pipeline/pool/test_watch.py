"""Looks at real pools of an emulator, whose account has few cores."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from time import sleep
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.batch.models import enum_text
from batchff.emulator.launch import control
from batchff.emulator.options import ServiceOptions
from batchff.errors import PoolError, TimedOutError
from batchff.events import Warned
from batchff.events.pools import NodeChanged, NodeFailed, NodesCounted
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolSpec
from batchff.model.states import SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE
from batchff.pipeline.pool.watch import PoolWatcher, is_quota, wait_for_node
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.emulator.examples import pool
from tests.emulator.running import Connection, running_service, wait_until
from tests.pipeline.clock import Time
from tests.pipeline.recorder import Recorder

_FAILS = "sh -c 'echo trying; echo no such mirror >&2; exit 3'"
_names = (f"pool-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    options = ServiceOptions(core_quota=16)
    with running_service(tmp_path_factory.mktemp("emulator"), options) as connection:
        yield connection


@pytest.fixture
def client(service: Connection) -> BatchClient:
    return service.client()


@pytest.fixture
def batch(service: Connection) -> Batch:
    account = service.identity.batch
    return Batch(service.batch_endpoint, AzureNamedKeyCredential(account.name, account.key))


@pytest.fixture
def reporter() -> Recorder:
    return Recorder()


@pytest.fixture
def name(client: BatchClient) -> Iterator[str]:
    """A pool's name; the pool ends with the test."""
    name = next(_names)
    yield name
    client.begin_delete_pool(name, polling_interval=0).wait()


def _starting_with(command: str) -> models.BatchStartTask:
    return models.BatchStartTask(command_line=command, wait_for_success=True)


def _states(client: BatchClient, name: str) -> list[str]:
    return sorted(enum_text(node.state) for node in client.list_nodes(name))


def test_it_ends_with_the_first_node_that_is_ready(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=1))

    wait_for_node(name, batch, reporter)

    assert reporter.of(NodesCounted)[-1].states == {"idle": 1}
    assert reporter.of(Warned) == []


def test_a_start_task_that_fails_on_all_nodes_is_told_with_its_words(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=2, start_task=_starting_with(_FAILS)))

    with pytest.raises(PoolError) as raised:
        wait_for_node(name, batch, reporter)

    assert raised.value.message == (
        f"pool '{name}' can't run a task: the start task failed on all 2 nodes: "
        "exit code 3 (FailureExitCode): no such mirror"
    )
    assert raised.value.hint == (f"remove it with: batchff pool delete {name}")
    for failed in reporter.of(NodeFailed):
        assert failed.reason == "exit code 3 (FailureExitCode)"
        assert failed.log == ("no such mirror",)


def test_a_start_task_without_errors_is_told_by_its_output(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, start_task=_starting_with("sh -c 'echo trying; exit 3'")))

    with pytest.raises(PoolError, match=r"exit code 3 \(FailureExitCode\): trying$"):
        wait_for_node(name, batch, reporter)


def test_a_node_that_failed_beside_one_that_works_is_told_and_no_reason_to_end(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    once = "sh -c 'mkdir $AZ_BATCH_NODE_ROOT_DIR/../first && exit 3; true'"
    client.create_pool(pool(name, nodes=2, start_task=_starting_with(once)))
    wait_until(lambda: _states(client, name) == ["idle", "starttaskfailed"])

    PoolWatcher(name, batch, reporter).look()

    assert reporter.of(NodesCounted)[-1].states == {"idle": 1, "starttaskfailed": 1}
    (failed,) = reporter.of(NodeFailed)
    assert failed.reason == "exit code 3 (FailureExitCode)"


def test_a_quota_ends_it(client: BatchClient, batch: Batch, reporter: Recorder, name: str) -> None:
    options = pool(name, nodes=1)
    options.vm_size = "Standard_D32s_v5"
    client.create_pool(options)

    with pytest.raises(PoolError, match="nodes can't be had: AccountCoreQuotaReached") as raised:
        wait_for_node(name, batch, reporter)

    assert "have the quota raised" in raised.value.hint


def test_a_quota_that_leaves_some_nodes_is_told(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=9))
    wait_until(lambda: client.get_pool(name).resize_errors)

    wait_for_node(name, batch, reporter)

    (warned,) = reporter.of(Warned)
    assert "nodes can't be had: AccountCoreQuotaReached" in warned.message


def test_waiting_tasks_get_dedicated_nodes_for_spot_nodes_that_a_quota_refuses(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    spec = PoolSpec("Standard_D32s_v5", nodes=0, spot=1, slots=1, image="auto")
    facts = PoolFacts(spec).metadata()
    options = pool(
        name,
        nodes=0,
        target_low_priority_nodes=1,
        metadata=[models.BatchMetadataItem(name=key, value=facts[key]) for key in facts],
    )
    options.vm_size = spec.vm_size
    client.create_pool(options)
    wait_until(lambda: client.get_pool(name).resize_errors)

    PoolWatcher(name, batch, reporter).look()

    (warned,) = reporter.of(Warned)
    assert warned.message.endswith("dedicated nodes take over when tasks have waited for long")
    with pytest.raises(PoolError, match="AccountLowPriorityCoreQuotaReached"):
        wait_for_node(name, batch, reporter)


def test_a_preempted_node_may_come_back(
    service: Connection, client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=0, target_low_priority_nodes=1))
    wait_for_node(name, batch, reporter)
    (node,) = client.list_nodes(name)
    watcher = PoolWatcher(name, batch, reporter)
    watcher.look()

    control.preempt(service.root.path, node.id, return_after=3600)
    wait_until(lambda: _states(client, name) == ["preempted"])
    watcher.look()

    assert reporter.of(NodesCounted)[-1].states == {"preempted": 1}


def test_a_spot_node_that_is_unusable_may_yet_be_preempted_and_come_back(
    service: Connection, client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=0, target_low_priority_nodes=2))
    wait_until(lambda: _states(client, name) == ["idle", "idle"])
    time = Time()
    watcher = PoolWatcher(name, batch, reporter, clock=time)
    watcher.look()

    for node in client.list_nodes(name):
        control.preempt(service.root.path, node.id, return_after=3600, unusable_first=3600)
    watcher.look()
    time.pause(SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE - 1)
    watcher.look()
    assert reporter.of(NodesCounted)[-1].states == {"unusable": 2}
    assert reporter.of(NodeFailed) == []

    time.pause(2)
    with pytest.raises(PoolError, match="the service can't use all 2 nodes: unusable"):
        watcher.look()
    assert len(reporter.of(NodeFailed)) == 2


def test_who_waits_for_a_node_waits_on_while_a_spot_node_is_taken_away(
    service: Connection, client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(pool(name, nodes=0, target_low_priority_nodes=1))
    wait_until(lambda: _states(client, name) == ["idle"])
    (node,) = client.list_nodes(name)
    control.preempt(service.root.path, node.id, return_after=0, unusable_first=0.2)
    assert _states(client, name) == ["unusable"]

    wait_for_node(name, batch, reporter, pause=lambda seconds: sleep(0.01))

    states = [changed.state for changed in reporter.of(NodeChanged)]
    assert (states[0], states[-1]) == ("unusable", "idle")


def test_a_pool_that_stays_empty_is_told_and_waited_for_until_the_timeout(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(
        pool(
            name,
            target_dedicated_nodes=None,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 0;",
        )
    )
    time = Time()

    with pytest.raises(TimedOutError) as raised:
        wait_for_node(name, batch, reporter, timeout=90, pause=time.pause, clock=time)

    assert time.now == 90
    assert raised.value.message == (
        f"no node of pool '{name}' is ready after 1m 30s: there is none"
    )
    assert raised.value.hint == f"the pool stays; look again with: batchff pool show {name}"
    assert [warned.message for warned in reporter.of(Warned)] == [f"pool '{name}': it has no nodes"]


def test_a_formula_that_fails_is_told(
    client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    client.create_pool(
        pool(
            name,
            target_dedicated_nodes=None,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 1 / ($CPUPercent.Count() * 0);",
        )
    )
    wait_until(lambda: client.get_pool(name).auto_scale_run)

    PoolWatcher(name, batch, reporter).look()

    assert "its formula failed: " in reporter.of(Warned)[0].message


def test_nodes_that_the_service_cant_use_end_it(
    service: Connection, client: BatchClient, batch: Batch, reporter: Recorder, name: str
) -> None:
    folder = service.root.nodes
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()  # no node can have its folder below a file
    try:
        client.create_pool(pool(name, nodes=2))
        with pytest.raises(PoolError, match="the service can't use all 2 nodes: unusable") as told:
            wait_for_node(name, batch, reporter)
    finally:
        folder.unlink()
        aside.rename(folder)

    assert told.value.hint.startswith("remove it with: ")
    assert reporter.of(NodesCounted)[-1].states == {"unusable": 2}


class _WithoutCapacity(BaseHTTPRequestHandler):
    """A Batch account that has no machines for its pools, which the emulator's always has."""

    def do_GET(self) -> None:
        found: dict[str, Any] = {"value": []}
        if "/nodes" not in self.path:
            error = {
                "code": "AllocationFailed",
                "message": "There are none of this size just now.",
            }
            found = {
                "id": "crowded",
                "state": "active",
                "allocationState": "steady",
                "vmSize": "Standard_D4s_v5",
                "enableAutoScale": True,
                "resizeErrors": [error],
            }
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def crowded() -> Iterator[Batch]:
    with serving_at(_WithoutCapacity) as endpoint:
        yield Batch(endpoint, AzureNamedKeyCredential("a", KEY_OF_NOTHING))


def test_who_waits_for_nodes_alone_is_told_at_once_that_there_are_none(
    crowded: Batch, reporter: Recorder
) -> None:
    with pytest.raises(PoolError) as raised:
        wait_for_node("crowded", crowded, reporter)

    assert raised.value.message == (
        "pool 'crowded' can't run a task: nodes can't be had: "
        "AllocationFailed: There are none of this size just now; the service tries again"
    )
    assert raised.value.hint == (
        "wait for it again later, make one with another --vm-size, or remove it with: "
        "batchff pool delete crowded"
    )


def test_tasks_wait_half_an_hour_for_machines_to_become_free(
    crowded: Batch, reporter: Recorder
) -> None:
    time = Time()
    watcher = PoolWatcher("crowded", crowded, reporter, clock=time)
    watcher.look()
    time.pause(1799)
    watcher.look()
    (warned,) = reporter.of(Warned)
    assert "AllocationFailed: There are none of this size just now; the" in warned.message

    time.pause(2)
    with pytest.raises(PoolError, match="nodes can't be had: AllocationFailed") as raised:
        watcher.look()

    assert raised.value.hint == (
        "the job waits as it is; watch it again later, make the pool anew, or remove both with: "
        "batchff cleanup --pool"
    )


def test_only_a_lasting_refusal_counts_as_a_quota() -> None:
    assert is_quota("AccountCoreQuotaReached: all cores are in use")
    assert is_quota("AccountLowPriorityCoreQuotaReached: all cores are in use")
    assert is_quota("AccountVMSeriesCoreQuotaReached: all cores of the family are in use")
    assert not is_quota("AllocationFailed: there are none now")
    assert not is_quota("AllocationTimedout: AccountCoreQuotaReached")
