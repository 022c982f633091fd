"""Programs of Microsoft's JavaScript clients run unchanged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from batchff.emulator.launch import Connection
from tests.emulator.blob.servers import BlobServer
from tests.packages import npm_package

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]

BATCH_PROGRAM = Path(__file__).with_name("javascript.mjs")
BLOB_PROGRAM = Path(__file__).with_name("javascript_blobs.mjs")


def test_a_program_of_the_javascript_batch_client_runs(
    pytestconfig: pytest.Config, emulator: Connection
) -> None:
    folder = npm_package(pytestconfig, "@azure/batch", "10.2.0")
    arguments = (emulator.batch_endpoint, emulator.batch_account, emulator.batch_key)

    done = subprocess.run(
        ["node", BATCH_PROGRAM, folder, *arguments], capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "batch.node.ubuntu 24.04" in seen.pop("images")
    assert seen == {
        "pool": ["JavaScriptPool", "standard_d2s_v5", 2, "simplified"],
        "exists": [True, False],
        "collection": ["Success"],
        "counts": [40, 40],
        "paged": 40,
        "filtered": 11,
        "task": [0, "success"],
        "node": [True, 0],
        "nodes": 1,
        "nodeCounts": [1],
        "files": ["certs", "stderr.txt", "stdout.txt", "wd", "wd/sub", "wd/sub/a file.txt"],
        "output": "7 é\n",
        "properties": [5, "False"],
        "priority": 7,
        "existsAlready": [409, "JobExists"],
        "notFound": [404, "TaskNotFound"],
        "notSupported": [501, "NotImplemented"],
        "jobs": ["JavaScriptJob"],
    }


def test_a_program_of_the_javascript_blob_client_runs(
    pytestconfig: pytest.Config, blob_emulator: BlobServer
) -> None:
    folder = npm_package(pytestconfig, "@azure/storage-blob", "12.34.0")
    arguments = (blob_emulator.url, blob_emulator.account, blob_emulator.key)

    done = subprocess.run(
        ["node", BLOB_PROGRAM, folder, *arguments], capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    mib = 1024 * 1024
    name = "a folder/caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{CLAPPER BOARD}.txt"
    assert json.loads(done.stdout) == {
        "metadata": {"made": "by JavaScript"},
        "containers": ["javascript"],
        "small": [10, "text/plain", "BlockBlob"],
        "range": "3456",
        "blocks": [4 * mib, 4 * mib, mib + 1],
        "same": True,
        "flat": [name, "large"],
        "hierarchy": [["prefix", "a folder/"], ["blob", "large"]],
        "read": "0123456789",
        "written": [403, "AuthorizationPermissionMismatch"],
        "changed": [412, "ConditionNotMet"],
        "missing": [404, "BlobNotFound"],
        "exists": False,
    }
