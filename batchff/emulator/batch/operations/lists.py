"""Lists: $filter, $select, maxresults, and the link to the page behind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from batchff.emulator.batch.call import Call, json_response
from batchff.emulator.batch.entities import Entity
from batchff.emulator.batch.errors import bad_parameter
from batchff.emulator.batch.model import Document
from batchff.emulator.batch.odata import (
    Expression,
    FilterError,
    Properties,
    Value,
    parse_filter,
)
from batchff.emulator.batch.store.database import Table, Where

MOST = 1000
"""The largest page, and the size of one where the request says nothing."""

Row = TypeVar("Row")


def answer_rows(
    call: Call,
    table: Table[Row],
    scope: Where,
    entity: Entity,
    render: Callable[[Row], Document],
    most: int = MOST,
) -> Response:
    """Answer with a page of a table's rows, in the order in which they were made.

    The link names the last row that was seen, so rows that are added or removed meanwhile
    neither repeat nor hide others.
    """
    call.refuse_expand()
    expression = _filter(call, entity.filters)
    where = scope.also(expression.sql() if expression else None)
    limit = page_size(call, most)
    rows = table.page(where, _after(call), limit + 1)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = str(rows[-1].seq)  # type: ignore[attr-defined]
    choose = selection(call, entity.properties)
    return _answer(call, [choose(render(row)) for row in rows], following, entity.name)


def answer_items(
    call: Call,
    items: Iterable[tuple[Mapping[str, Value], Document]],
    properties: Properties,
    entity: str,
) -> Response:
    """Answer with a page of a list that is at hand whole: what to filter by, and the document."""
    expression = _filter(call, properties)
    found = [item for row, item in items if expression is None or expression.matches(row)]
    limit, start = page_size(call), _after(call)
    following = str(start + limit) if len(found) > start + limit else None
    return _answer(call, found[start : start + limit], following, entity)


def page_size(call: Call, most: int = MOST) -> int:
    return call.request.number("maxresults", 1, most) or most


def selection(call: Call, known: frozenset[str]) -> Callable[[Document], Document]:
    """Read $select: which of a document's properties are wanted; all, where it is left out."""
    text = call.request.parameter("$select")
    if text is None:
        return lambda document: document
    wanted = {name.strip().split("/")[0] for name in text.split(",")}
    if not wanted <= known:
        unknown = ", ".join(sorted(wanted - known))
        raise bad_parameter("$select", text, f"There is no property '{unknown}'")
    return lambda document: {key: value for key, value in document.items() if key in wanted}


def _filter(call: Call, properties: Properties) -> Expression | None:
    text = call.request.parameter("$filter")
    if text is None:
        return None
    try:
        return parse_filter(text, properties)
    except FilterError as error:
        raise bad_parameter("$filter", text, str(error)) from None


def _after(call: Call) -> int:
    token = call.request.parameter("$skiptoken")
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error):
        raise bad_parameter("$skiptoken", token, "It was not made by this service") from None


def _answer(call: Call, page: list[Document], following: str | None, entity: str) -> Response:
    body: Document = {"odata.metadata": call.metadata(entity), "value": page}
    if following is not None:
        token = base64.urlsafe_b64encode(following.encode()).decode()
        query = [(name, value) for name, value in call.request.query if name != "$skiptoken"]
        query.append(("$skiptoken", token))
        body["odata.nextLink"] = f"{call.endpoint}{call.request.path}?{urlencode(query)}"
    return json_response(body)
