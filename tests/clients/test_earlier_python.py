"""Programs of Microsoft's earlier Python clients run unchanged: the tutorial's, and those after."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.launch import Connection
from tests.packages import pip_package

# The first run has to install them; they are heavy, so one worker is to run them all.
pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]

PROGRAM = Path(__file__).with_name("earlier_python.py")

CLIENTS = {
    "6.0.0": "2018-12-01.8.0",
    "10.0.0": "2020-09-01.12.0",
    "14.2.0": "2024-02-01.19.0",
}


@pytest.fixture(params=CLIENTS)
def seen(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config, emulator: Connection
) -> dict[str, Any]:
    """What the program saw with one version of azure-batch."""
    python = pip_package(pytestconfig, "azure-batch", request.param)
    arguments = (emulator.batch_endpoint, emulator.batch_account, emulator.batch_key)
    done = subprocess.run(
        [python, "-W", "ignore", PROGRAM, *arguments], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found.pop("version") == CLIENTS[request.param]
    return found


def test_a_program_of_an_earlier_client_runs_as_it_did(seen: dict[str, Any]) -> None:
    assert "batch.node.ubuntu 24.04" in seen.pop("images")
    assert seen == {
        "exists": [True, False],
        "pool": ["EarlierPool", "standard_d2_v3", 2, "an earlier client"],
        "collection": ["TaskAddStatus.success"],
        "counts": [0, 0, 150, 150, 0],
        "task": [0, "success"],
        "retention": 3600.0,
        "nodes": 2,
        "start task": [0, "completed"],
        "node counts": [1],
        "files": ["certs", "stderr.txt", "stdout.txt", "wd", "wd/sub", "wd/sub/a file.txt"],
        "output": "7\n",
        "length": "2",
        "node file": "7\n",
        "filtered": 61,
        "schedule": ["EarlierSchedule:job-1", "JMComplete", 0],
        "priority": 7,
        "metadata": "a",
        "exists already": [409, "JobExists", {}],
        "not found": [404, "TaskNotFound", {}],
        "not supported": [501, "NotImplemented", {"Operation": "CreateCertificate"}],
        "jobs": ["EarlierJob"],
    }
