"""Every operation that is described has its route, and says by name if it isn't served."""

from __future__ import annotations

import re

import pytest

from batchff.emulator.batch.routes import OPERATIONS, Operation
from tests.emulator.conformance.description import Description
from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Connection

_GONE = re.compile(r"/certificates|/rdp$")
"""What 2025-06-01 doesn't have any more."""


def _described_path(operation: Operation) -> str:
    return operation.path.replace(":path}", "}")


def test_the_route_table_is_the_descriptions(newest: Description) -> None:
    described = {
        (operation.name, operation.method, operation.path)
        for operation in newest.operations.values()
    }

    assert described == {
        (operation.name, operation.method, _described_path(operation)) for operation in OPERATIONS
    }


@pytest.mark.parametrize("version", ["2024-02-01.19.0", "2025-06-01"])
def test_every_described_operation_has_a_route(
    service: Connection, descriptions: dict[str, Description], version: str
) -> None:
    names = {operation.name for operation in OPERATIONS}
    lost: list[tuple[str, str, object]] = []
    for method, path in descriptions[version].operations:
        if _GONE.search(path):
            continue
        answer = service.send(method, re.sub(r"{\w+}", "nobody", path), version=version)
        if method == "HEAD":
            if answer.status not in (404, 501):
                lost.append((method, path, answer.status))
        elif answer.status == 501:
            if values_of(answer).get("Operation") not in names:
                lost.append((method, path, values_of(answer)))
        elif answer.status != 200 and code_of(answer) in ("InvalidUri", "UnsupportedHttpVerb"):
            lost.append((method, path, code_of(answer)))

    assert not lost
