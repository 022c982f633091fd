"""`batchff emulator start --simulate`, in a process of its own as for its users."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError

from batchff.emulator import launch
from tests.commands import Batchff
from tests.emulator.examples import job, pool, task
from tests.emulator.running import wait_until

FAST = ("--simulate", "--clock-speed", "1000", "--task-failures", "0.1", "--seed", "7")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for an emulator, which is stopped in the end."""
    folder = tmp_path / "simulation"
    yield folder
    launch.stop(folder)


def test_hundreds_of_simulated_tasks_end_within_seconds(
    run: Batchff, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = run("emulator", "start", "--root", root, *FAST)
    assert started.code == 0
    assert "simulating: tasks take 30s..5m, 10% of their tries fail" in started.out
    assert f'use it with: eval "$(batchff emulator env --root {root})"' in started.out

    environment = json.loads(run("emulator", "env", "--root", root, "--json").out)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    credential = AzureNamedKeyCredential(
        environment["AZURE_BATCH_ACCOUNT"], environment["AZURE_BATCH_ACCESS_KEY"]
    )
    with BatchClient(environment["AZURE_BATCH_ENDPOINT"], credential) as client:
        client.create_pool(pool("p", nodes=50))
        client.create_job(job("j", "p"))
        client.create_tasks("j", [task(f"t{number}", "no-such-program") for number in range(200)])
        wait_until(lambda: client.get_job_task_counts("j").task_counts.completed == 200)
        failed = client.get_job_task_counts("j").task_counts.failed
        assert 5 <= failed <= 40

        with pytest.raises(ResourceNotFoundError):
            client.get_task_file_properties("j", "t0", "stderr.txt")
        with pytest.raises(ResourceNotFoundError, match="The files of the specified task"):
            list(client.list_task_files("j", "t0"))
        node = next(iter(client.list_nodes("p")))
        assert list(client.list_node_files("p", node.id)) == []
        with pytest.raises(ResourceNotFoundError):
            client.get_node_file_properties("p", node.id, "startup/stderr.txt")

    watched = run("watch", "j")
    assert watched.code == 3
    assert watched.err.count("failed: ") == failed
    assert watched.out.endswith(f"{200 - failed} succeeded, {failed} failed\n")

    assert "simulating: tasks take 30s..5m" in run("emulator", "status", "--root", root).out
    assert run("--json", "emulator", "status", "--root", root).result["simulation"] == {
        "seed": 7,
        "task_time": "30s..5m",
        "task_failures": 0.1,
        "node_boot_time": "90s",
        "preemptions": 0.0,
        "unusable_preemptions": 0.5,
        "clock_speed": 1000.0,
        "output_size": 0,
    }


def test_a_folder_is_for_a_simulation_or_for_work(run: Batchff, root: Path) -> None:
    assert run("emulator", "start", "--root", root, "--simulate").code == 0

    for words in (["start"], ["env"]):
        launch.stop(root)
        refused = run("emulator", *words, "--root", root)
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == (
            f"error: {root} is for a simulation, which runs no tasks (Start it with"
            " --simulate; or give the emulator a folder of its own with --root, or empty this one"
            " with 'batchff emulator reset'.)\n"
        )

    run("emulator", "reset", "--yes", "--root", root)
    assert run("emulator", "start", "--root", root).code == 0
    assert run("--json", "emulator", "status", "--root", root).result["simulation"] is None
    running = run("emulator", "start", "--root", root, "--simulate")
    assert running.code == 1
    assert f"{root} is for tasks that run, not for a simulation" in running.err


def test_without_a_folder_a_simulation_has_one_of_its_own(run: Batchff) -> None:
    try:
        started = run("--json", "emulator", "start", "--simulate").result
        assert started["root"] == str(launch.default_simulation_root())
        assert not run("--json", "emulator", "status").result["running"]
    finally:
        launch.stop(launch.default_simulation_root())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--seed", "1"], "--seed goes with --simulate"),
        (["--simulate", "--task-time", "soon"], "--task-time: 'soon' is no time"),
        (["--simulate", "--task-failures", "2"], "--task-failures: '2' is no number from 0 to 1"),
    ],
)
def test_words_that_make_no_simulation_are_refused_before_anything_starts(
    words: list[str], complaint: str, run: Batchff
) -> None:
    refused = run("emulator", "start", *words)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"error: {complaint}")
    assert not launch.default_root().exists()
    assert not launch.default_simulation_root().exists()

    foreground = subprocess.run(
        [sys.executable, "-m", "batchff.emulator", *words], capture_output=True, text=True
    )
    assert foreground.returncode == 2
    assert f"error: {complaint}" in foreground.stderr
