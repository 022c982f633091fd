"""Lists: $filter, $select, maxresults, and the link to the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import quote

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call, text_response
from batchff.emulator.batch.protocol.entities import Entity
from batchff.emulator.batch.protocol.errors import BatchError, bad_parameter
from batchff.emulator.batch.protocol.odata import (
    Expression,
    FilterError,
    Properties,
    Value,
    parse_filter,
)
from batchff.emulator.batch.protocol.versions import write
from batchff.emulator.state.model import Document
from batchff.emulator.state.store.database import Numbered, Table, Where, to_json

MOST = 1000
"""The largest page, and the size of one where the request says nothing."""

Row = TypeVar("Row", bound=Numbered)


def answer_rows(
    call: Call,
    table: Table[Row],
    scope: Where,
    entity: Entity,
    render: Callable[[Row], Document],
    most: int = MOST,
) -> Response:
    """Answer with a page of a table's rows, in the service's order."""
    choose = selection(call, entity.properties)

    def text(row: Row) -> str:
        return to_json(choose(write(render(row), call.request.version)))

    return answer_page(call, table.page, table.place, scope, entity, text, most)


def answer_page(
    call: Call,
    page: Callable[[Where, str | None, int], list[Row]],
    place: Callable[[int], str],
    scope: Where,
    entity: Entity,
    text: Callable[[Row], str],
    most: int = MOST,
) -> Response:
    """Answer with a page: rows that meet a condition, from one on, as many as that; as JSON.

    The link names the place of the last row that was seen, so rows that are added or removed
    meanwhile neither repeat nor hide others.
    """
    call.check_expand()
    expression = _filter(call, entity.filters)
    where = scope.also(expression.sql() if expression else None)
    limit = page_size(call, most)
    try:
        rows = page(where, _after(call), limit + 1)
    except ValueError:
        raise _foreign_token(call) from None
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = place(rows[-1].seq)
    return _answer(call, map(text, rows), following, entity.name)


def answer_items(
    call: Call,
    items: Iterable[tuple[Mapping[str, Value], Document]],
    properties: Properties,
    entity: str,
) -> Response:
    """Answer with a page of a whole list; each item is what to filter by, and the document."""
    expression = _filter(call, properties)
    found = [item for row, item in items if expression is None or expression.matches(row)]
    limit, token = page_size(call), _after(call) or "0"
    if not token.isdecimal():
        raise _foreign_token(call)
    start = int(token)
    following = str(start + limit) if len(found) > start + limit else None
    return _answer(call, map(to_json, found[start : start + limit]), following, entity)


def page_size(call: Call, most: int = MOST) -> int:
    """Read `maxresults`. Raises BatchError unless it is from 1 to `most`."""
    wanted = call.request.number("maxresults")
    if wanted is None:
        return most
    if wanted < 1:
        raise bad_parameter("maxresults", wanted, "MaxResults cannot be less than 1")
    if wanted > most:
        raise bad_parameter("maxresults", wanted, f"MaxResults cannot be greater than {most}")
    return wanted


def wanted_properties(call: Call, known: frozenset[str]) -> frozenset[str] | None:
    """Read $select: which of a document's properties are wanted; None for all of them."""
    text = call.request.parameter("$select")
    if text is None:
        return None
    wanted = frozenset(name.strip().split("/")[0] for name in text.split(","))
    if not wanted <= known:
        unknown = ", ".join(sorted(wanted - known))
        raise bad_parameter("$select", text, f"There is no property '{unknown}'")
    return wanted


def selection(call: Call, known: frozenset[str]) -> Callable[[Document], Document]:
    """Read $select: give what leaves the wanted properties of a document."""
    wanted = wanted_properties(call, known)
    if wanted is None:
        return lambda document: document
    return lambda document: {key: value for key, value in document.items() if key in wanted}


def _filter(call: Call, properties: Properties) -> Expression | None:
    text = call.request.parameter("$filter")
    if text is None:
        return None
    try:
        return parse_filter(text, properties)
    except FilterError as error:
        raise bad_parameter("$filter", text, str(error)) from None


def _after(call: Call) -> str | None:
    token = call.request.parameter("$skiptoken")
    if token is None:
        return None
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (ValueError, binascii.Error):
        raise _foreign_token(call) from None


def _foreign_token(call: Call) -> BatchError:
    token = call.request.parameter("$skiptoken")
    return bad_parameter("$skiptoken", token, "It was not made by this service")


def _answer(call: Call, page: Iterable[str], following: str | None, entity: str) -> Response:
    """Answer with items that are JSON already."""
    text = f'"odata.metadata":{to_json(call.metadata(entity))},"value":[{",".join(page)}]'
    if following is not None:
        text += f',"odata.nextLink":{to_json(_link(call, following))}'
    return text_response(f"{{{text}}}")


def _link(call: Call, following: str) -> str:
    """Give the URL of the next page, its parameters in the service's order."""
    token = base64.urlsafe_b64encode(following.encode()).decode()
    given = [(name, value) for name, value in call.request.query if name.lower() != "$skiptoken"]
    given.sort(key=lambda each: each[0].lower() != "api-version")
    query = "&".join(
        f"{quote(name, safe='$')}={quote(value, safe='')}"
        for name, value in (*given, ("$skiptoken", token))
    )
    return f"{call.endpoint}{call.request.path}?{query}"
