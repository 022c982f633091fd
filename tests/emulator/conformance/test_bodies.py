"""Every field of every body: taken, or refused by its name.

The walk goes through a body's model as it is described. What is served of it is entered; what
answers 501 is named and left at that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchff.emulator.batch.routes import OPERATIONS, Operation
from tests.emulator.conformance.description import Description, Field
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.requests import REQUESTS
from tests.emulator.conformance.samples import WRONG, good_values, with_field
from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Answer

_ITEM_BY_ITEM = "CreateTaskCollection"
"""Answers 200 whatever its tasks are; they are those of CreateTask."""

_FREE = {"certificateReferences"}
"""Required by the older version, whose certificates are no more: not missed."""

_OPTIONAL = {("ReplaceJobSchedule", "schedule")}
"""Required by the older version, which says what it is where it's left out."""

_WALKED_ELSEWHERE = {
    ("CreateJobSchedule", "jobSpecification.poolInfo.autoPoolSpecification"),
    ("CreateJobSchedule", "jobSpecification.jobManagerTask"),
    ("UpdateJobSchedule", "jobSpecification"),
    ("ReplaceJobSchedule", "jobSpecification"),
}
"""Objects that are checked as those of CreateJob and CreateJobSchedule are."""

_HARDLY_CHANGED = {
    ("UpdateJob", "poolInfo.autoPoolSpecification"),
    ("ReplaceJob", "poolInfo.autoPoolSpecification"),
}
"""Where what stands must be given again but for one field: batch/test_auto_pools.py walks it."""

_WITHOUT_BODY = {
    "DeallocateNode",
    "ReimageNode",
    "DisableJobSchedule",
    "DisablePoolAutoScale",
    "EnableJob",
    "EnableJobSchedule",
    "EnableNodeScheduling",
    "ReactivateTask",
    "StartNode",
    "StopPoolResize",
    "TerminateJobSchedule",
    "TerminateTask",
}
"""Have none in any version, or none that is described (DeallocateNode)."""

BODIES = [
    operation
    for operation in OPERATIONS
    if operation.handler is not None
    and operation.method in ("POST", "PUT", "PATCH")
    and operation.name != _ITEM_BY_ITEM
]

Wrap = Callable[[dict[str, Any]], dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Walk:
    """Sends an operation's body with one change at a time, and tells what came unexpected."""

    everything: Everything
    description: Description
    operation: Operation
    _ready: list[tuple[str, dict[str, Any]]] = dataclasses.field(default_factory=list)
    """A request that succeeds and wasn't used up, if there is one."""

    def body(self) -> tuple[str, dict[str, Any]]:
        """Make a request that succeeds: where it goes and what it holds."""
        sent = next(REQUESTS[self.operation.name](self.everything))
        assert sent.body is None or isinstance(sent.body, dict)
        return sent.path, dict(sent.body or {})

    def visit(self, model: str, given: dict[str, Any], wrap: Wrap, place: str) -> Iterator[str]:
        """Try each field of an object; `wrap` sets the object into a body that can be sent."""
        yield from self._refused(wrap({**given, "noSuchField": 1}), 400, f"{place}noSuchField")
        for name, field in self.description.writable(model).items():
            path = place + name
            if (self.operation.name, path) in _HARDLY_CHANGED:
                continue
            free = name in _FREE or (self.operation.name, path) in _OPTIONAL
            if field.required and not free:
                without = {key: value for key, value in given.items() if key != name}
                yield from self._missing(wrap(without), path)
            yield from self._field(model, given, name, field, wrap, place)

    def _field(
        self, model: str, given: dict[str, Any], name: str, field: Field, wrap: Wrap, place: str
    ) -> Iterator[str]:
        path = place + name
        taken = None
        made = good_values(self.description, name, field.type)
        for value in [given[name]] if given.get(name) else made:
            changed = with_field(self.description, model, given, name, value)
            answer = self._send(wrap(changed))
            if answer.status < 300:
                taken = value
            elif not _is_elsewhere(answer) and not _lacks_storage(answer, path):
                yield f"{path} = {value!r}: {answer.status} {answer.data!r}"
        if taken is None:
            return
        wrong = with_field(self.description, model, given, name, WRONG[field.type.kind])
        yield from self._refused(wrap(wrong), 400, path)
        inner = field.type.items or field.type
        if inner.kind != "model" or (self.operation.name, path) in _WALKED_ELSEWHERE:
            return
        listed = field.type.items is not None
        if listed:
            taken = taken[0]

        def within(value: dict[str, Any]) -> dict[str, Any]:
            content = [value] if listed else value
            return wrap(with_field(self.description, model, given, name, content))

        yield from self.visit(inner.name, taken, within, f"{path}[0]." if listed else f"{path}.")

    def _send(self, body: dict[str, Any]) -> Answer:
        """Send the body; its own name and its nodes are made anew once one was taken."""
        if not self._ready:
            self._ready.append(self.body())
        path, fresh = self._ready[0]
        if "id" in fresh and body.get("id") == "{fresh}":
            body = {**body, "id": fresh["id"]}
        if isinstance(body.get("nodeList"), list):
            body = {**body, "nodeList": fresh["nodeList"]}
        if self.operation.name == "CreateNodeUser" and isinstance(body.get("name"), str):
            body = {**body, "name": self.everything.name()}
        version = self.description.version
        answer = self.everything.service.send(self.operation.method, path, body, version=version)
        if answer.status < 300:
            self._ready.clear()
        return answer

    def _refused(self, body: dict[str, Any], status: int, name: str) -> Iterator[str]:
        answer = self._send(body)
        named = _named(answer).replace("managedDisk.", "")  # the newer version's name for it
        if answer.status != status or not named.startswith(name.replace("managedDisk.", "")):
            yield f"{name} in {body}: {answer.status} {answer.data!r}"

    def _missing(self, body: dict[str, Any], name: str) -> Iterator[str]:
        answer = self._send(body)
        if answer.status != 400 or (code_of(answer), _named(answer)) != (
            "MissingRequiredProperty",
            name,
        ):
            yield f"without {name}: {answer.status} {answer.data!r}"


_ELSEWHERE = {
    *("InvalidApplicationPackageReferences", "InvalidCertificateReferences", "subnetId"),
    *("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId"),
}
"""What only other accounts have: the codes and fields by which it's refused."""
_OF_WINDOWS = ".windowsUserConfiguration"
"""What the walked pool, which is one of Linux, can't have."""


def _lacks_storage(answer: Answer, path: str) -> bool:
    """Tell whether it's refused because identities open the emulator's own storage alone."""
    return answer.status == 501 and _named(answer).startswith(path)


def _is_elsewhere(answer: Answer) -> bool:
    named = _named(answer)
    return code_of(answer) in _ELSEWHERE or named in _ELSEWHERE or named.endswith(_OF_WINDOWS)


def _named(answer: Answer) -> str:
    return values_of(answer).get("PropertyName", "") if answer.status >= 400 else ""


@pytest.mark.parametrize("operation", BODIES, ids=lambda operation: operation.name)
def test_every_field_is_taken_or_refused_by_its_name(
    everything: Everything, descriptions: dict[str, Description], operation: Operation
) -> None:
    walked = []
    for version, description in descriptions.items():
        described = description.operations.get((operation.method, operation.path))
        if (operation.name, version) == ("ReimageNode", "2024-02-01.19.0"):
            continue  # it was for pools that can't be made any more
        if described is None or described.request is None:
            continue
        walk = Walk(everything, description, operation)
        _, given = walk.body()
        if "id" in given:
            given["id"] = "{fresh}"
        problems = list(walk.visit(described.request, given, lambda body: body, ""))
        assert not problems, version
        walked.append(version)

    assert bool(walked) is (operation.name not in _WITHOUT_BODY)
