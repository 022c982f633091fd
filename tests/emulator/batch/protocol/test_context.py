from __future__ import annotations

from tests.emulator.running import Connection


def test_a_request_that_names_another_scheme_is_told_the_same_urls(
    service: Connection, empty_pool: str
) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    told = service.send("GET", f"/pools/{empty_pool}", headers=headers).json()

    assert told["url"] == f"{service.batch_endpoint}/pools/{empty_pool}"
