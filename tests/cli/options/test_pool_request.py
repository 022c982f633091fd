from __future__ import annotations

import os

import pytest

from batchff.cli.invocation import Invocation
from batchff.cli.options.pool_request import asked_by_flags, asked_pool
from batchff.errors import UsageError


def invocation(**flags: str | int | None) -> Invocation:
    made = Invocation()
    made.take_flags({f"pool.{name}": value for name, value in flags.items()})
    return made


@pytest.fixture
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_ACCOUNT", "studio")
    monkeypatch.setenv("BATCHFF_BATCH_ENDPOINT", "https://127.0.0.1:1")


@pytest.mark.usefixtures("_account")
def test_flags_go_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_NODES", "3")
    monkeypatch.setenv("BATCHFF_POOL_SLOTS", "2")
    spec = asked_pool(invocation(nodes=5))
    assert (spec.nodes, spec.slots, spec.vm_size) == (5, 2, "Standard_D4s_v5")


@pytest.mark.usefixtures("_account")
def test_who_asks_for_spot_nodes_alone_gets_no_dedicated_ones() -> None:
    assert asked_pool(invocation(spot=2)).nodes == 0
    assert asked_pool(invocation(spot=2, nodes=1)).nodes == 1


def test_the_emulator_runs_a_task_on_each_core_unless_slots_are_given() -> None:
    assert asked_pool(invocation()).slots == os.cpu_count()
    assert asked_pool(invocation(slots=3)).slots == 3


@pytest.mark.usefixtures("_account")
def test_a_pool_that_cant_be_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="a pool needs a node"):
        asked_pool(invocation(nodes=0))


def test_only_the_fields_that_flags_give_are_asked_for() -> None:
    assert asked_by_flags(invocation(nodes=5, spot=None)) == {"nodes"}
