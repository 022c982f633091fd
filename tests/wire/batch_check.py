"""Hold a request to Batch against the official description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from tests.emulator.conformance.description import Described, Description, Type
from tests.emulator.conformance.validation import differences
from tests.wire.requests import Request

_JSON = "application/json; odata=minimalmetadata"
_COMMON_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "client-request-id",
        "content-length",
        "host",
        "ocp-date",
        "return-client-request-id",
        "user-agent",
    }
)
_CONTINUATION = "$skiptoken"
"""In the links to a list's next page, which a client takes as they stand."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_IDS = frozenset({"poolId", "jobId", "taskId", "jobScheduleId"})
_NUMBERS = frozenset({"maxresults", "timeOut"})
_LARGEST_PAGE = 1000


class BatchCheck:
    """Knows what a request of one api-version may hold.

    The SDK keeps a few bodies to itself: they are held to those of the version before.
    """

    def __init__(self, description: Description, earlier: Description) -> None:
        self._description = description
        self._written = _of_requests(description)
        self._written_earlier = _of_requests(earlier)

    def problems(self, request: Request) -> Iterator[str]:
        """Tell what is not as described."""
        operation = self._description.operation(request.method, request.path)
        if operation is None:
            yield f"{request.method} {request.path} is not described"
            return
        complaints = (
            *self._of_path(operation, request),
            *self._of_query(operation, request),
            *self._of_headers(operation, request),
            *self._of_body(operation, request),
        )
        yield from (f"{operation.name}: {complaint}" for complaint in complaints)

    def _of_path(self, operation: Described, request: Request) -> Iterator[str]:
        for name, value in zip(operation.path.split("/"), request.path.split("/"), strict=False):
            if name.strip("{}") in _IDS and not _ID.fullmatch(unquote(value)):
                yield f"{value!r} is no id"

    def _of_query(self, operation: Described, request: Request) -> Iterator[str]:
        query = dict(request.query)
        if len(query) < len(request.query):
            yield "the query says something twice"
        if query.get("api-version") != self._description.version:
            yield f"api-version is {query.get('api-version')!r}"
        for name, value in query.items():
            if name not in operation.query | {_CONTINUATION}:
                yield f"{name!r} in the query is not described"
            elif name in _NUMBERS and not (value.isdecimal() and 0 < int(value) <= _LARGEST_PAGE):
                yield f"{name} is {value!r}"
            elif name == "$select":
                unknown = set(value.split(",")) - self._selectable(operation)
                yield from (f"{field!r} can't be selected" for field in sorted(unknown))

    def _selectable(self, operation: Described) -> set[str]:
        answer = operation.response
        if answer is None:
            return set()
        fields = self._description.models[answer.name]
        page = fields.get("value")
        if page is not None and page.type.items is not None:
            fields = self._description.models[page.type.items.name]
        return set(fields)

    def _of_headers(self, operation: Described, request: Request) -> Iterator[str]:
        headers = request.headers
        for name in sorted(headers.keys() - operation.takes - _COMMON_HEADERS):
            yield f"the header {name!r} is not described"
        if headers.get("authorization") not in ("SharedKey", "Bearer"):
            yield f"it is signed by {headers.get('authorization')!r}"
        if headers.get("authorization") == "SharedKey" and "ocp-date" not in headers:
            yield "it is signed without a date"
        wanted = None if request.body is None else _JSON
        if headers.get("content-type") != wanted:
            yield f"its content-type is {headers.get('content-type')!r}"

    def _of_body(self, operation: Described, request: Request) -> Iterator[str]:
        if not operation.has_body:
            if request.body is not None:
                yield "it has a body"
            return
        description, model = self._written, operation.request
        if model is None:
            description = self._written_earlier
            model = description.operations[operation.method, operation.path].request
        assert model is not None, f"nothing describes the body of {operation.name}"
        if request.body is None:
            if any(field.required for field in description.models[model].values()):
                yield "it has no body"
            return
        try:
            body = json.loads(request.body)
        except ValueError as error:
            yield f"its body is no JSON: {error}"
            return
        yield from differences(description, Type("model", name=model), body, "body")
        for place, value in _ids(body):
            if not _ID.fullmatch(value):
                yield f"{place}: {value!r} is no id"


def _of_requests(description: Description) -> Description:
    """Leave out of each model what only the service writes."""
    models = {name: description.writable(name) for name in description.models}
    return replace(description, models=models)


def _ids(body: object) -> Iterator[tuple[str, str]]:
    """Yield what the body would make: one thing, or a collection of tasks."""
    if isinstance(body, dict):
        if isinstance(body.get("id"), str):
            yield "body.id", body["id"]
        tasks = body.get("value")
        for index, task in enumerate(tasks if isinstance(tasks, list) else ()):
            if isinstance(task, dict) and isinstance(task.get("id"), str):
                yield f"body.value[{index}].id", task["id"]
