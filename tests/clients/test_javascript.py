"""A program of Microsoft's JavaScript client runs unchanged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from batchff.emulator.launch import Connection
from tests.packages import npm_package

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]

PROGRAM = Path(__file__).with_name("javascript.mjs")


def test_a_program_of_the_javascript_client_runs(
    pytestconfig: pytest.Config, fresh_emulator: Connection
) -> None:
    folder = npm_package(pytestconfig, "@azure/batch", "10.2.0")
    emulator = fresh_emulator
    arguments = (emulator.batch_endpoint, emulator.batch_account, emulator.batch_key)

    done = subprocess.run(
        ["node", PROGRAM, folder, *arguments], capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "batch.node.ubuntu 24.04" in seen.pop("images")
    assert seen == {
        "pool": ["JavaScriptPool", "standard_d2s_v5", 2, "simplified"],
        "exists": [True, False],
        "collection": ["success"],
        "counts": [40, 40],
        "paged": 40,
        "filtered": 11,
        "task": [0, "success"],
        "node": [True, 0],
        "nodes": 1,
        "nodeCounts": [1],
        "files": ["stderr.txt", "stdout.txt", "wd", "wd/sub", "wd/sub/a file.txt"],
        "output": "7 é\n",
        "properties": [5, False],
        "priority": 7,
        "existsAlready": [409, "JobExists"],
        "notFound": [404, "TaskNotFound"],
        "notSupported": [501, "NotImplemented"],
        "jobs": ["JavaScriptJob"],
    }
