from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest
from urllib3.exceptions import HTTPError

from batchff.emulator.identities import PoolIdentities
from batchff.emulator.nodes.transfer import (
    Cancelled,
    Storage,
    bare,
    blob_url,
    check_cancelled,
)
from batchff.emulator.root import Account
from tests.cloud.small_servers import serving_at
from tests.emulator.examples import identity

ENDPOINT = "http://127.0.0.1:1/batchfflocal"


@pytest.fixture
def storage() -> Iterator[Storage]:
    account = Account("batchfflocal", "a2V5")
    own = PoolIdentities([identity("encoder")], account, ENDPOINT, lambda: datetime.now(UTC))
    made = Storage(identities=own, patience=0.1)
    yield made
    made.close()


def test_a_blobs_url_keeps_the_containers_sas() -> None:
    assert blob_url("http://a/films/?sv=1&sig=x", "b c/ü?.mov") == (
        "http://a/films/b%20c/%C3%BC%3F.mov?sv=1&sig=x"
    )


def test_what_is_shown_of_a_url_has_no_secret() -> None:
    assert bare("https://user:password@a:1/films/b.mov?sig=x#f") == "https://a:1/films/b.mov"


def test_a_file_of_an_identity_is_signed_for_it(storage: Storage) -> None:
    place = {"httpUrl": f"{ENDPOINT}/films/a?snapshot=1"}
    own = place | {"identityReference": {"resourceId": identity("encoder").upper()}}

    assert storage.url_of(place, "httpUrl") == place["httpUrl"]
    signed = storage.url_of(own, "httpUrl")
    assert signed is not None and signed.startswith(f"{place['httpUrl']}&sp=rwlc")


def test_an_identity_opens_nothing_that_isnt_its_own(storage: Storage) -> None:
    own = {"identityReference": {"resourceId": identity("encoder")}}
    other = {"identityReference": {"resourceId": identity("stranger")}}

    assert storage.url_of({"httpUrl": "http://elsewhere/films/a", **own}, "httpUrl") is None
    assert storage.url_of({"httpUrl": f"{ENDPOINT}/films/a", **other}, "httpUrl") is None
    without = Storage()
    assert without.url_of({"httpUrl": f"{ENDPOINT}/films/a", **own}, "httpUrl") is None
    assert without.auto_storage_url("films") is None
    without.close()


@pytest.mark.parametrize("busy", [408, 429, 503])
@pytest.mark.parametrize(("failures", "last"), [(6, False), (7, True)])
def test_a_busy_service_is_asked_seven_times(
    storage: Storage, busy: int, failures: int, last: bool
) -> None:
    asked = []

    class Busy(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            self.send_response(busy if len(asked) <= failures else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with serving_at(Busy) as url:
        answer = storage.request("PUT", f"{url}/films/a", body=b"x")
    assert (answer.status, len(asked)) == (busy if last else 200, 7)


def test_it_stops_asking_when_its_task_has_ended() -> None:
    cancelled = threading.Event()
    cancelled.set()
    storage = Storage(patience=3600)

    with pytest.raises(Cancelled):
        storage.request("GET", ENDPOINT, check=lambda: check_cancelled(cancelled))

    storage.close()


def test_where_nobody_answers_it_is_an_error(storage: Storage) -> None:
    with pytest.raises(HTTPError):
        storage.request("GET", ENDPOINT)


def test_a_transfer_notices_that_its_task_was_ended() -> None:
    cancelled = threading.Event()
    check_cancelled(cancelled)
    cancelled.set()
    with pytest.raises(Cancelled):
        check_cancelled(cancelled)
