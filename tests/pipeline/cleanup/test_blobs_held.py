"""Blobs under a legal hold or a policy, which neither emulator knows: a relay before one does."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import urllib3
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient
from urllib3.util import SKIP_HEADER

from batchff.cloud.batch import Batch
from batchff.cloud.storage import connect_storage
from batchff.emulator.launch import Connection
from batchff.errors import BatchffError
from batchff.events.cleanup import Kept, Removed
from batchff.pipeline.cleanup.remove import remove
from batchff.pipeline.cleanup.scope import Scope
from tests.cloud.small_servers import serving_at
from tests.pipeline.cleanup.accounts import Account
from tests.pipeline.recorder import Recorder

HELD = {
    "held.mp3": ("BlobImmutableDueToLegalHold", "The blob has one or more legal holds."),
    "kept.mp3": ("BlobImmutableDueToPolicy", "The blob is immutable due to a policy."),
}


@pytest.fixture
def account(emulator: Connection) -> Iterator[Account]:
    """An account whose Blob service refuses to delete the blobs of these names."""
    upstream = urlsplit(emulator.blob_endpoint)
    asked_for = emulator.storage_connection_string

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relay(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            if self.command == "DELETE" and name in HELD:
                code, said = HELD[name]
                body = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>".encode()
                self.answer(409, {"x-ms-error-code": code}, body)
                return
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {**dict(self.headers), "Accept-Encoding": SKIP_HEADER}  # as it was sent
            answer = pool.urlopen(self.command, self.path, content, headers)
            self.answer(answer.status, dict(answer.headers), answer.data)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for header, value in headers.items():
                if header.lower() not in ("content-length", "transfer-encoding"):
                    self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_DELETE = relay

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    pool = urllib3.connection_from_url(upstream.geturl(), maxsize=16)
    with pool, serving_at(Relay) as endpoint:
        yield Account(
            Batch(emulator.batch_endpoint, credential),
            connect_storage(asked_for.replace(f"http://{upstream.netloc}", endpoint)),
            BatchClient(emulator.batch_endpoint, credential),
            BlobServiceClient.from_connection_string(asked_for),
            f"in-{uuid4().hex}",
            f"out-{uuid4().hex}",
        )


def test_blobs_that_may_not_be_deleted_are_told_and_the_rest_goes(account: Account) -> None:
    account.make_container(account.outputs)
    for job in ("one", "two"):
        account.put(account.outputs, f"{job}/node/encode.sh")
        account.put(account.outputs, f"{job}/media/free.mp3", ours=False)
    for name in HELD:
        account.put(account.outputs, f"one/media/{name}", ours=False)
    told = Recorder()

    with pytest.raises(BatchffError) as raised:
        remove(account.find(Scope(outputs=True)), account.batch, account.storage, told)

    assert raised.value.message.startswith("2 of 6 things could not be removed: ")
    assert raised.value.hint == (
        "a legal hold or an immutability policy keeps it: wait for its end or have it lifted, "
        "then give the command again"
    )
    assert account.stored(account.outputs).keys() == {
        "one/media/held.mp3",
        "one/media/kept.mp3",
        "one/node/encode.sh",
    }
    (kept,) = told.of(Kept)
    for code, _ in HELD.values():
        assert code in kept.reason
    assert told.of(Removed) == []
