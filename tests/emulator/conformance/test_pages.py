"""Lists by pages: how large they can be, and that nothing is lost or told twice between them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from batchff.emulator.batch.routes import OPERATIONS, Operation
from tests.emulator.conformance.description import Description
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.requests import REQUESTS
from tests.emulator.examples import code_of, values_of

_WHOLE = {"ListSubtasks"}
"""Those that come as one page, whatever their length."""

LISTS = [
    operation
    for operation in OPERATIONS
    if operation.handler is not None
    and operation.name.startswith("List")
    and operation.name not in _WHOLE
]


def _pages(everything: Everything, path: str, size: int) -> list[list[Any]]:
    """Follow the links from the first page to the last; they hold the version already."""
    answer = everything.must("GET", f"{path}?maxresults={size}").json()
    pages = [answer["value"]]
    while link := answer.get("odata.nextLink"):
        where = urlsplit(link)
        assert f"{where.scheme}://{where.netloc}" == everything.service.batch_endpoint
        following = everything.service.send("GET", f"{where.path}?{where.query}", version=None)
        assert following.status == 200
        answer = following.json()
        pages.append(answer["value"])
    return pages


def _key(item: dict[str, Any]) -> Any:
    name = item.get("id") or item.get("nodeId") or item.get("poolId") or item.get("name")
    if "vmExtension" in item:
        return item["vmExtension"]["name"]
    return name or tuple(sorted(item["imageReference"].items()))


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)
def test_pages_together_are_the_list(everything: Everything, operation: Operation) -> None:
    path = next(REQUESTS[operation.name](everything)).path
    before = {_key(item) for item in everything.read(path)["value"]}
    size = max(len(before) // 3, 1)

    pages = _pages(everything, path, size)

    assert all(len(page) <= size for page in pages)
    listed = [_key(item) for page in pages for item in page]
    assert len(listed) == len(set(listed))
    after = {_key(item) for item in everything.read(path)["value"]}
    assert before & after <= set(listed)


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)
def test_a_page_is_as_large_as_described(
    everything: Everything, descriptions: dict[str, Description], operation: Operation
) -> None:
    path = next(REQUESTS[operation.name](everything)).path
    described = descriptions["2024-02-01.19.0"].operations["GET", operation.path]
    assert described.most is not None

    for size, status in ((1, 200), (described.most, 200), (0, 400), (described.most + 1, 400)):
        answer = everything.service.send("GET", f"{path}?maxresults={size}")
        assert answer.status == status, size
        if status == 400:
            assert code_of(answer) == "InvalidQueryParameterValue"
            limit = 1 if size == 0 else described.most
            assert values_of(answer)["Reason"].endswith(f"than {limit}")


def test_rows_added_between_pages_come_once(everything: Everything) -> None:
    job = everything.new_job()
    first = {everything.new_task(job) for _ in range(5)}
    answer = everything.read(f"/jobs/{job}/tasks?maxresults=2")
    seen = [item["id"] for item in answer["value"]]

    added: set[str] = set()
    while link := answer.get("odata.nextLink"):
        if len(added) < 5:
            added.add(everything.new_task(job))
        where = urlsplit(link)
        answer = everything.service.send("GET", f"{where.path}?{where.query}", version=None).json()
        seen += [item["id"] for item in answer["value"]]

    assert len(seen) == len(set(seen))
    assert first <= set(seen) <= first | added


def test_a_parameter_that_no_operation_has_is_refused(everything: Everything) -> None:
    for query in ("$top=1", "$orderby=id", "max-results=1"):
        answer = everything.service.send("GET", f"/pools?{query}")
        assert (answer.status, code_of(answer)) == (400, "UnsupportedQueryParameter")
        assert values_of(answer)["QueryParameterName"] == query.partition("=")[0]
