from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import connect_storage
from batchff.errors import SignInError
from tests.cloud.small_servers import KEY_OF_NOTHING, serving

NO_KEYS = {
    "code": "AuthenticationFailed",
    "message": {
        "lang": "en-US",
        "value": "Server failed to authenticate the request.\nRequestId:0",
    },
    "values": [
        {
            "key": "AuthenticationErrorDetail",
            "value": "The specified type of authentication SharedKey is not allowed for this "
            "account.",
        }
    ],
}
OTHER_TENANT = (
    "<?xml version='1.0' encoding='utf-8'?><Error><Code>InvalidAuthenticationInfo</Code>"
    "<Message>Server failed to authenticate the request.\nRequestId:0</Message>"
    "<AuthenticationErrorDetail>Issuer validation failed. Issuer did not match."
    "</AuthenticationErrorDetail></Error>"
)


@contextmanager
def answering(status: int, body: str, headers: Mapping[str, str]) -> Iterator[str]:
    """A service that answers all requests alike; gives its connection string."""

    class Refusing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Refusing) as connection:
        yield connection


def test_the_batch_services_detail_is_found_where_it_stands() -> None:
    headers = {"Content-Type": "application/json"}
    with answering(403, json.dumps(NO_KEYS), headers) as connection:
        endpoint = connection.partition("BlobEndpoint=")[2].removesuffix("/a")
        batch = Batch(endpoint, AzureNamedKeyCredential("a", KEY_OF_NOTHING))
        with pytest.raises(SignInError, match="the Batch account takes no keys") as refused:
            batch.pools.get("p")
    assert "auth=entra" in refused.value.hint


def test_storages_detail_is_found_by_the_sdk_and_without_it() -> None:
    headers = {
        "Content-Type": "application/xml",
        "x-ms-error-code": "InvalidAuthenticationInfo",
    }
    with answering(401, OTHER_TENANT, headers) as connection:
        storage = connect_storage(connection)
        for ask in (lambda: list(storage.containers()), lambda: list(storage.list_blobs("c"))):
            with pytest.raises(SignInError, match="is of another tenant") as refused:
                ask()
            assert "tenant_id" in refused.value.hint
