"""Commands to a running emulator that Azure's API doesn't have.

It goes over the Batch endpoint, signed with the account's key as any request.
"""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers

from batchff.emulator.batch.authentication import sign
from batchff.emulator.batch.protocol.context import RequestContext, read_query
from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch.connection import Connection
from batchff.emulator.launch.launch import find
from batchff.emulator.root import Account
from batchff.emulator.state.times import SECOND, format_duration
from batchff.emulator.tls import service_trust

_VERSION = "2025-06-01"
_TIMEOUT_SECONDS = 30.0


def preempt(path: Path, node_id: str, return_after: float, *, unusable_first: float = 0.0) -> None:
    """Preempt a Spot node of the emulator that runs on a folder; it returns after so many seconds.

    With `unusable_first` it's unusable for so many seconds before it's preempted.

    Raises EmulatorError where none runs, or it has no such node, or the node can't be preempted.
    """
    connection = find(path)
    if connection is None:
        raise EmulatorError(
            f"no emulator runs on {path}", "Start it with 'batchff emulator start'."
        )
    times = {"returnAfter": return_after, "unusableFirst": unusable_first}
    document = {name: format_duration(round(time * SECOND)) for name, time in times.items()}
    _post(connection, f"/$emulator/nodes/{quote(node_id, safe='')}/preempt", document)


def _post(connection: Connection, path: str, document: dict[str, str]) -> None:
    body = json.dumps(document).encode()
    query = f"api-version={_VERSION}"
    headers = {
        "Content-Length": str(len(body)),
        "Content-Type": "application/json; odata=minimalmetadata",
        "ocp-date": format_datetime(datetime.now(UTC), usegmt=True),
    }
    request = RequestContext("POST", path, Headers(headers), read_query(query.encode()), now=0)
    account = Account(connection.batch_account, connection.batch_key)
    headers["Authorization"] = (
        f"SharedKey {account.name}:{sign(request, account, headers['Content-Length'])}"
    )
    try:
        channel = _channel(connection)
    except OSError as error:
        raise EmulatorError(f"the certificate can't be read: {error.strerror}") from error
    try:
        channel.request("POST", f"{path}?{query}", body, headers)
        response = channel.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise EmulatorError(f"the emulator didn't answer: {error}") from error
    finally:
        channel.close()
    if response.status >= 400:
        raise EmulatorError(_reason(answer))


def _channel(connection: Connection) -> http.client.HTTPConnection:
    address = urlsplit(connection.batch_endpoint).netloc
    if connection.certificate is None:
        return http.client.HTTPConnection(address, timeout=_TIMEOUT_SECONDS)
    return http.client.HTTPSConnection(
        address, timeout=_TIMEOUT_SECONDS, context=service_trust(connection.certificate)
    )


def _reason(answer: bytes) -> str:
    """Give the words of an error that the service answered with."""
    error = json.loads(answer)
    details = [item["value"] for item in error.get("values", ()) if item["key"] == "Reason"]
    text: str = error["message"]["value"].splitlines()[0]
    return ". ".join([text.removesuffix("."), *details])
