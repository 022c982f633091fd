"""For each test: what batchff sent in it, from this process and others, is as described."""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.emulator.conformance.description import FOLDER
from tests.emulator.conformance.openapi import read_openapi
from tests.emulator.conformance.sdk_extract import read_sdk_extract
from tests.wire.batch_check import BatchCheck
from tests.wire.blob_check import blob_problems
from tests.wire.children.sitecustomize import LOG, record_http_client
from tests.wire.requests import Request, RequestLog

_CHILDREN = Path(__file__).parent / "children"

record_http_client(http.client)


def pytest_report_header() -> str:
    """Say once for all tests whether they hold what they send."""
    if FOLDER.is_dir():
        return "wire: each request to Batch is held to the REST description"
    return "wire: requests to Batch aren't checked: the REST description isn't in ../shared/spec"


@dataclass(slots=True)
class Wire:
    """What batchff sent in a test."""

    _log: RequestLog
    _batch: Callable[[], BatchCheck] | None

    def problems(self) -> list[str]:
        """Tell what is not as described in the requests that came since the last time."""
        problems = [problem for request in self._log.take() for problem in self.of(request)]
        return list(dict.fromkeys(problems))

    def hold(self) -> None:
        """Fail the test where a request is not as described."""
        if problems := self.problems():
            listed = "\n".join(problems)
            pytest.fail(f"batchff sent what the service doesn't describe:\n{listed}", pytrace=False)

    def of(self, request: Request) -> list[str]:
        """Tell what is not as described in a request."""
        if request.service == "blob":
            return list(blob_problems(request))
        return list(self._batch().problems(request)) if self._batch is not None else []


@pytest.fixture(scope="session")
def request_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestLog]:
    log = tmp_path_factory.mktemp("wire") / "requests"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(LOG, str(log))
        environment.setenv("PYTHONPATH", str(_CHILDREN), prepend=os.pathsep)
        yield RequestLog(log)


@pytest.fixture(scope="session")
def _batch_check() -> Callable[[], BatchCheck] | None:
    """Read the descriptions when the first request is there to be held to them."""
    if not FOLDER.is_dir():
        return None
    known: list[BatchCheck] = []

    def check() -> BatchCheck:
        if not known:
            extract = next(FOLDER.glob("batch-2025-06-01.*.json"))
            earlier = read_openapi(FOLDER / "2024-02-01.19.0" / "BatchService.json")
            known.append(BatchCheck(read_sdk_extract(extract), earlier))
        return known[0]

    return check


@pytest.fixture(autouse=True)
def wire(request_log: RequestLog, _batch_check: Callable[[], BatchCheck] | None) -> Iterator[Wire]:
    """Hold what the test sends, when it has ended."""
    wire = Wire(request_log, _batch_check)
    yield wire
    wire.hold()
