"""What an operation gets, and the answers that it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from batchff.emulator.batch.protocol.context import RequestContext
from batchff.emulator.batch.protocol.errors import BatchError, bad_parameter, unsupported
from batchff.emulator.batch.protocol.identities import check_identities
from batchff.emulator.batch.protocol.preconditions import Version, check_conditions
from batchff.emulator.batch.protocol.schema import Check
from batchff.emulator.batch.protocol.users import NodeUsers
from batchff.emulator.batch.protocol.versions import read_body
from batchff.emulator.batch.protocol.without_effect import Notices, drop_secrets, find_fields
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.root import Root
from batchff.emulator.scheduling.scheduler import Scheduler
from batchff.emulator.state.model import Document
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.database import to_json
from batchff.emulator.state.times import etag_of, http_date

CONTENT_TYPE = "application/json;odata=minimalmetadata"


@dataclass(frozen=True, slots=True)
class Services:
    """What every operation works on."""

    root: Root
    store: Store
    scheduler: Scheduler
    identities: PoolIdentities | None = None
    """Those of all pools; None for no identities."""
    account: str = ""
    """The account's name."""
    strict: bool = False
    """Refuse what has no effect here."""
    notices: Notices = field(default_factory=Notices)
    users: NodeUsers = field(default_factory=NodeUsers)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request for one operation."""

    operation: str
    request: RequestContext
    parameters: dict[str, str]
    """The path's."""
    body: bytes
    services: Services
    without_effect: list[str] = field(default_factory=list)
    """What the request asks for that has no effect here; told of once it has succeeded."""

    @property
    def store(self) -> Store:
        """The store of the account."""
        return self.services.store

    @property
    def scheduler(self) -> Scheduler:
        """The scheduler, which must hear of changes."""
        return self.services.scheduler

    @property
    def endpoint(self) -> str:
        """The account's URL as the client knows it."""
        return self.request.endpoint

    def document(self, check: Check) -> dict[str, Any]:
        """Read the body as a checked JSON object."""
        document = self.json()
        self.check(check, document)
        return document

    def check(self, check: Check, document: dict[str, Any]) -> None:
        """Raise BatchError unless a part of the body is well-formed and refers to what there is."""
        check(document, "")
        for found in find_fields(document):
            if self.services.strict:
                raise unsupported(PropertyName=found.name)
            drop_secrets(found.value)
            self.note(found.name)
        check_identities(document, self.services.identities)

    def note(self, name: str) -> None:
        """The request has something without effect, which is told of if it succeeds."""
        self.without_effect.append(name)

    def tell(self) -> None:
        """Tell of what was noted: the request has succeeded."""
        for name in self.without_effect:
            self.services.notices.note(self.operation, name)

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object, in the newest version's words."""
        try:
            document = json.loads(self.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise BatchError("InvalidRequestBody", {"Reason": error}) from None
        if not isinstance(document, dict):
            raise BatchError("InvalidRequestBody", {"Reason": "It must be a JSON object"})
        read_body(document, self.operation, self.request.version)
        return document

    def check_conditions(self, modified: int) -> None:
        """Raise ConditionNotMet where the request's conditions don't hold for a resource."""
        check_conditions(self.request, Version(modified))

    def check_expand(self) -> None:
        """Statistics are all that can be asked for; the service has none for years now."""
        expand = self.request.parameter("$expand")
        if expand == "stats" and self.services.strict:
            raise unsupported(QueryParameterName="$expand")
        if expand not in (None, "stats"):
            raise bad_parameter("$expand", expand, "It must be stats")

    def metadata(self, entity: str) -> str:
        """Give the value of `odata.metadata` for an entity."""
        return f"{self.endpoint}/$metadata#{entity}"


def resource(call: Call, document: Document, modified: int | None, entity: str) -> Response:
    """Answer with one resource; without `modified`, one that has no version."""
    body = {"odata.metadata": call.metadata(f"{entity}/@Element"), **document}
    return json_response(body, headers=_version(modified))


def json_response(
    body: Document, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Answer with a JSON document."""
    return text_response(to_json(body), status, headers)


def text_response(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with what is JSON already."""
    return Response(text.encode(), status, headers, CONTENT_TYPE)


def changed(
    call: Call, status: int, *, modified: int | None = None, location: str | None = None
) -> Response:
    """Answer a change with an empty body: where the resource is and what its version is now."""
    headers = {"DataServiceId": location or f"{call.endpoint}{call.request.path}"}
    if location:
        headers["Location"] = location
    return Response(status_code=status, headers=headers | _version(modified))


def done(status: int, *, modified: int | None = None) -> Response:
    """Answer with an empty body that names nothing, as deletions and looks do."""
    return Response(status_code=status, headers=_version(modified))


def _version(modified: int | None) -> dict[str, str]:
    if modified is None:
        return {}
    return {"ETag": etag_of(modified), "Last-Modified": http_date(modified)}
