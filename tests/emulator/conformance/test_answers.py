"""Every operation that is served answers as described: status, headers, body."""

from __future__ import annotations

import re

import pytest

from batchff.emulator.batch.routes import Operation
from tests.emulator.conformance.description import Described, Description
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.requests import REQUESTS, SERVED
from tests.emulator.conformance.validation import differences
from tests.emulator.running import Answer

_LATER = re.compile(r"\.(ipv6Address|deallocated|deallocating) is not in ")
"""What answers hold that the older version doesn't know: its clients pass over it."""


_VERSION = {"etag", "last-modified"}
_RECORDED_WITHOUT: dict[str, set[str]] = {
    **dict.fromkeys(("EvaluatePoolAutoScale", "GetNode", "RebootNode", "ReimageNode"), _VERSION),
    **dict.fromkeys(("StartNode", "DeallocateNode", "GetNodeRemoteLoginSettings"), _VERSION),
    **dict.fromkeys(("CreateNodeUser", "ReplaceNodeUser", "GetNodeExtension"), _VERSION),
    **dict.fromkeys(("DisableNodeScheduling", "EnableNodeScheduling"), _VERSION),
    **dict.fromkeys(("GetTask", "ReactivateTask"), {"dataserviceid"}),
    **dict.fromkeys(
        (
            *("GetNodeFileProperties", "DownloadNodeFile"),
            *("GetTaskFileProperties", "DownloadTaskFile"),
        ),
        {"etag", "ocp-creation-time"},
    ),
}
"""Headers that are described, and that nothing of its kind has in recordings of the service."""
_NOT_IN = {("ReimageNode", "2024-02-01.19.0")}
"""What a version described, and did to no pool that can be made of it any more."""

_OF_ALL_TESTS = ("ListPools", "ListJobs", "ListJobSchedules")
_FURNISHED = {Everything.pool, Everything.empty_pool, Everything.job, Everything.released}


def _made_by_others(everything: Everything, operation: Operation) -> set[str]:
    """Name what other tests have made, also in the words of other versions."""
    if operation.name not in _OF_ALL_TESTS:
        return set()
    return {item["id"] for item in everything.read(operation.path)["value"]} - _FURNISHED


def _headers(descriptions: dict[str, Description], key: tuple[str, str]) -> frozenset[str]:
    """Name the headers of a success that each version has: the older one names ETag for lists."""
    named = [each.operations[key].headers for each in descriptions.values()]
    return frozenset.intersection(*named) | {"request-id", "client-request-id"}


def _problems(
    description: Description,
    operation: Described,
    headers: frozenset[str],
    answer: Answer,
    others: set[str],
) -> list[str]:
    if answer.status != operation.status:
        return [f"{answer.status} instead of {operation.status}: {answer.data!r}"]
    present = {name.lower() for name in answer.headers}
    problems = [f"the header {name} is missing" for name in sorted(headers - present)]
    if operation.response is not None:
        document = answer.json()
        if others:
            document["value"] = [each for each in document["value"] if each["id"] not in others]
        found = differences(description, operation.response, document)
        newest = description.version == "2025-06-01"
        problems += [each for each in found if newest or not _LATER.search(each)]
    elif operation.method not in ("GET", "HEAD") and answer.data:
        problems.append(f"a body that isn't described: {answer.data!r}")
    return problems


@pytest.mark.parametrize("operation", SERVED, ids=lambda operation: operation.name)
def test_an_answer_is_as_described(
    everything: Everything, descriptions: dict[str, Description], operation: Operation
) -> None:
    key = (operation.method, operation.path.replace(":path}", "}"))
    assert operation.name in REQUESTS, "tell in requests.py how to ask for it"
    having = {version: each for version, each in descriptions.items() if key in each.operations}
    assert "2025-06-01" in having
    asked = {"client-request-id": "mine", "return-client-request-id": "true"}

    others = _made_by_others(everything, operation)
    for version, description in having.items():
        if (operation.name, version) in _NOT_IN:
            continue
        for sent in REQUESTS[operation.name](everything):
            answer = everything.service.send(
                operation.method, sent.path, sent.body, headers=asked, version=version
            )
            headers = _headers(having, key) - _RECORDED_WITHOUT.get(operation.name, set())
            problems = _problems(description, description.operations[key], headers, answer, others)
            assert not problems, (version, sent.path)
