"""A recording of our own is replayed as the real service's are: it says what they have shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.recordings import main, replay

_CREATED = ["dataserviceid", "etag", "last-modified", "location"]
_READ = ["content-type", "etag", "last-modified"]
_IMAGE = {"publisher": "Canonical", "offer": "UbuntuServer", "sku": "18.04-LTS"}
_JOB = {
    "id": "life",
    "url": "{B}/jobs/life",
    "eTag": "<etag>",
    "lastModified": "<time>",
    "creationTime": "<time>",
    "stateTransitionTime": "<time>",
    "priority": 0,
    "maxParallelTasks": -1,
    "usesTaskDependencies": False,
    "allowTaskPreemption": False,
    "constraints": {"maxWallClockTime": "P1D", "maxTaskRetryCount": 0},
    "poolInfo": {"poolId": "none"},
    "executionInfo": {"startTime": "<time>", "poolId": "none"},
    "onAllTasksComplete": "noaction",
    "onTaskFailure": "noaction",
}
_ERROR = "{B}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"

ENTRIES: list[dict[str, Any]] = [
    {
        "m": "POST",
        "p": "/jobs",
        "body": {
            "id": "life",
            "poolInfo": {"poolId": "none"},
            "constraints": {"maxWallClockTime": "PT24H"},
            "metadata": [],
        },
        "status": 201,
        "h": _CREATED,
        "hv": {"location": "{B}/jobs/job-1"},
    },
    {
        "m": "GET",
        "p": "/jobs/life",
        "status": 200,
        "h": _READ,
        "resp": {"odata.metadata": "{B}/$metadata#jobs/@Element", "state": "active", **_JOB},
    },
    {
        "m": "POST",
        "p": "/jobs/life/addtaskcollection",
        "body": {"value": [{"id": "b", "commandLine": "true"}, {"id": "a", "commandLine": "true"}]},
        "status": 200,
        "h": ["content-type"],
        "resp": {
            "odata.metadata": "{B}/$metadata#taskaddresult",
            "value": [
                {
                    "status": "Success",
                    "taskId": name,
                    "eTag": "<etag>",
                    "lastModified": "<time>",
                    "location": f"{{B}}/jobs/life/tasks/{name}",
                }
                for name in "ba"
            ],
        },
    },
    {
        "m": "GET",
        "p": "/jobs/life/tasks?$select=id,state",
        "status": 200,
        "h": ["content-type"],
        "resp": {
            "odata.metadata": "{B}/$metadata#tasks",
            "value": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}],
        },
    },
    {
        "m": "POST",
        "p": "/jobs/life/disable",
        "body": {"disableTasks": "requeue"},
        "status": 202,
        "h": ["dataserviceid", "etag", "last-modified"],
    },
    {
        "m": "GET",
        "p": "/jobs/life",
        "status": 200,
        "h": _READ,
        "etag_same_as_last": True,
        "resp": {
            "odata.metadata": "{B}/$metadata#jobs/@Element",
            "state": "disabled",
            "previousState": "active",
            "previousStateTransitionTime": "<time>",
            **_JOB,
        },
    },
    {"m": "DELETE", "p": "/jobs/life/tasks/a", "status": 200, "h": []},
    {
        "m": "GET",
        "p": "/jobs/life/tasks/a",
        "status": 404,
        "h": ["content-type"],
        "resp": {
            "odata.metadata": _ERROR,
            "code": "TaskNotFound",
            "message": {
                "lang": "en-US",
                "value": "The specified task does not exist.\nRequestId:<rid>\nTime:<time>",
            },
        },
    },
    {
        "setup": True,
        "m": "POST",
        "p": "/pools",
        "body": {
            "id": "pool",
            "vmSize": "standard_d2_v2",
            "virtualMachineConfiguration": {
                "imageReference": _IMAGE,
                "nodeAgentSKUId": "batch.node.ubuntu 18.04",
            },
            "targetDedicatedNodes": 1,
        },
    },
    {
        "m": "POST",
        "p": "/pools/pool/stopresize",
        "status": 202,
        "h": ["dataserviceid", "etag", "last-modified"],
    },
    {"wait": "/pools/pool", "field": "allocationState", "value": "steady"},
    {
        "m": "GET",
        "p": "/pools/pool?$select=targetDedicatedNodes,resizeErrors,taskSchedulingPolicy",
        "status": 200,
        "h": _READ,
        "resp": {
            "odata.metadata": "{B}/$metadata#pools/@Element",
            "targetDedicatedNodes": 1,
            "taskSchedulingPolicy": {"nodeFillType": "Spread"},
            "resizeErrors": [
                {
                    "code": "ResizeStopped",
                    "message": "Desired number of dedicated nodes could not be allocated ...",
                }
            ],
        },
    },
]
RECORDING = {"api": "api-version=2023-05-01.17.0", "entries": ENTRIES}


def test_what_recordings_have_shown_is_answered_alike(tmp_path: Path) -> None:
    played = [(entry["p"], found) for entry, found in replay(RECORDING, tmp_path)]

    assert [path for path, _ in played] == [
        entry["p"] for entry in ENTRIES if "p" in entry and not entry.get("setup")
    ]
    assert {path: found for path, found in played if found} == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": 200}, "status 200, emulator 404"),
        ({"resp": {"code": "NodeNotFound"}}, ".code: 'NodeNotFound'"),
        ({"h": ["content-type", "etag"]}, "header missing: etag"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    entry = {"m": "GET", "p": "/jobs/none", "status": 404, "h": ["content-type"], **change}

    [(_, found)] = replay({**RECORDING, "entries": [entry]}, tmp_path)

    assert any(told in each and not of_moment for each, of_moment in found)


def test_without_a_folder_it_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FOLDER" in capsys.readouterr().out
