"""The examples that come with the description: each is taken, or refused by a field's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.batch.routes import OPERATIONS
from tests.emulator.conformance.description import FOLDER, folder_or_skip
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.requests import REQUESTS
from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Answer

_ELSEWHERE = {
    *("InvalidApplicationPackageReferences", "InvalidCertificateReferences"),
    *("OperationNotValidOnNode", "subnetId", "virtualMachineImageId"),
    # An image of a typing error.
    "imageReference",
}
VERSION = "2024-02-01.19.0"
_SERVED = {
    (operation.method, operation.path): operation.name
    for operation in OPERATIONS
    if operation.handler is not None
}


def _examples() -> Iterator[Any]:
    """Give what of the examples is a request with a body; nothing, where none stand."""
    document = FOLDER / VERSION / "BatchService.json"
    if not document.is_file():
        yield pytest.param("", "", "", id="no description")
        return
    for path, methods in json.loads(document.read_text())["paths"].items():
        for method, operation in methods.items():
            key = (method.upper(), path)
            body = [each["name"] for each in operation["parameters"] if each.get("in") == "body"]
            if key in _SERVED and body:
                for example in operation.get("x-ms-examples", {}).values():
                    file = example["$ref"]
                    yield pytest.param(key, body[0], file, id=Path(file).stem)


@pytest.mark.parametrize(("key", "parameter", "file"), list(_examples()))
def test_an_example_is_taken_or_refused_by_name(
    everything: Everything, key: tuple[str, str], parameter: str, file: str
) -> None:
    example = json.loads((folder_or_skip() / VERSION / file).read_text())["parameters"]
    sent = next(REQUESTS[_SERVED[key]](everything))
    body = example[parameter]
    if "id" in body:
        body["id"] = everything.name()
    if "nodeList" in body:
        assert isinstance(sent.body, dict)
        body["nodeList"] = sent.body["nodeList"]
    if "poolId" in body.get("poolInfo", {}):
        body["poolInfo"]["poolId"] = everything.empty_pool

    answer = everything.service.send(key[0], sent.path, body, version=VERSION)

    if answer.status == 200 and key[1].endswith("/addtaskcollection"):
        for result in answer.json()["value"]:
            code = result.get("error", {}).get("code")
            assert code in (None, "NotImplemented"), result
    else:
        assert answer.status < 300 or _is_elsewhere(answer), (answer.status, answer.data)


def _is_elsewhere(answer: Answer) -> bool:
    """Tell whether an example refers to what only its own account has."""
    return code_of(answer) in _ELSEWHERE or values_of(answer).get("PropertyName") in _ELSEWHERE
