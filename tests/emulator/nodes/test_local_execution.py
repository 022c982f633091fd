from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.nodes.commands import Node, node_in
from tests.emulator.running import is_alive, wait_until
from tests.emulator.scheduling.scene import ManualClock

FOR_EVER = "sh -c 'echo $$; exec sleep 1000'"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def node(tmp_path: Path, clock: ManualClock) -> Iterator[Node]:
    with node_in(tmp_path, clock) as made:
        yield made


def test_a_command_is_split_as_a_shell_would_and_run_without_one(node: Node) -> None:
    outcome = node.run("echo 'two words' $HOME; true")
    assert (outcome.exit_code, outcome.failure) == (0, None)
    assert node.said() == "two words $HOME; true\n"


def test_it_runs_in_its_own_directory_with_batchs_variables(node: Node) -> None:
    node.run("sh -c 'pwd; echo $AZ_BATCH_TASK_ID'")
    place = node.identity.directory.task("job", "task")
    assert node.said() == f"{place.working_directory}\ntask\n"


@pytest.mark.parametrize(
    ("line", "exit_code", "code"),
    [
        ("sh -c 'exit 3'", 3, "FailureExitCode"),
        ("sh -c 'kill -9 $$'", 137, "FailureExitCode"),
        ("no-such-program", None, "CommandProgramNotFound"),
        ("echo 'open", None, "CommandLaunchFailed"),
        ("/tmp", None, "CommandLaunchFailed"),
    ],
)
def test_how_it_ended_is_its_exit_code_or_why_it_has_none(
    node: Node, line: str, exit_code: int | None, code: str
) -> None:
    outcome = node.run(line)
    assert outcome.failure is not None
    assert (outcome.exit_code, outcome.failure.code) == (exit_code, code)
    assert outcome.may_be_retried == (exit_code is not None)


def test_a_directory_is_made_anew_but_for_a_retry(node: Node) -> None:
    node.run("touch left")
    node.run("ls", is_retry=True)
    assert node.said() == "left\n"
    node.run("ls")
    assert node.said() == ""


def test_a_directory_that_cant_be_made_is_the_nodes_fault(node: Node) -> None:
    taken = node.identity.directory.root / "workitems" / "job"
    taken.parent.mkdir(parents=True)
    taken.write_text("a file")
    outcome = node.run("true")
    assert outcome.failure is not None
    assert outcome.failure.code == "ResourceFileCreateFailed"
    assert outcome.failure.category == "ServerError"


def test_a_time_limit_ends_it(node: Node, clock: ManualClock) -> None:
    async def scenario() -> None:
        running = asyncio.ensure_future(node.executor.run(node.command(FOR_EVER, time_limit=60.0)))
        pid = int(await _said(node))
        clock.advance(seconds=60)
        outcome = await running
        assert outcome.failure is not None
        assert (outcome.exit_code, outcome.failure.code) == (143, "TaskEnded")
        assert not is_alive(pid)

    asyncio.run(scenario())


def test_one_that_is_cancelled_leaves_no_process_and_no_record(node: Node) -> None:
    async def scenario() -> None:
        running = asyncio.ensure_future(node.executor.run(node.command(FOR_EVER)))
        pid = int(await _said(node))
        assert [group for group, _ in node.store.processes.all()] == [pid]
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not is_alive(pid)
        assert node.store.processes.all() == []

    asyncio.run(scenario())


def test_a_node_is_removed_with_what_its_tasks_left_running(node: Node) -> None:
    async def scenario() -> None:
        await node.executor.boot(node.identity)
        running = asyncio.ensure_future(node.executor.run(node.command(FOR_EVER)))
        pid = int(await _said(node))
        await node.executor.end_leftovers(node.identity)
        await running
        await node.executor.remove(node.identity)
        assert not is_alive(pid)
        assert not node.identity.directory.root.exists()

    asyncio.run(scenario())


async def _said(node: Node) -> str:
    """Wait until a command has said something."""
    place = node.identity.directory.task("job", "task")
    return str(
        await asyncio.to_thread(
            wait_until,
            lambda: (
                place.stdout.exists()
                and place.stdout.read_text().endswith("\n")
                and place.stdout.read_text()
            ),
        )
    )
