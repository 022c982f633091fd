from __future__ import annotations

import re

from tests.emulator.running import Connection


def test_an_error_has_the_services_form(service: Connection) -> None:
    response = service.send("GET", "/pools/nobody")

    body = response.json()
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/json;odata=minimalmetadata"
    assert body["odata.metadata"].startswith(f"{service.batch_endpoint}/$metadata#")
    assert body["code"] == "PoolNotFound"
    assert body["message"]["lang"] == "en-US"
    text, request_id, time = body["message"]["value"].split("\n")
    assert text == "The specified pool does not exist."
    assert request_id == f"RequestId:{response.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", time)
