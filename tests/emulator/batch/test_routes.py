from __future__ import annotations

import re

import pytest

from batchff.emulator.batch.routes import OPERATIONS, Operation
from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Connection

REFUSED = [operation for operation in OPERATIONS if operation.handler is None]


def test_all_operations_of_the_newest_version_are_in_the_table() -> None:
    assert len(OPERATIONS) == 72
    assert len({operation.name for operation in OPERATIONS}) == 72
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == 72


@pytest.mark.parametrize("operation", REFUSED, ids=lambda operation: operation.name)
def test_what_is_not_supported_answers_with_its_name(
    service: Connection, operation: Operation
) -> None:
    path = re.sub(r"{[^}]*}", "x", operation.path)

    response = service.send(operation.method, path)

    assert response.status == 501
    if operation.method != "HEAD":
        assert (code_of(response), values_of(response)["Operation"]) == (
            "NotImplemented",
            operation.name,
        )
