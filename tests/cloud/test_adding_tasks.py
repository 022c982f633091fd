from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.retrying import Retrying
from batchff.errors import ServiceError
from batchff.model.tasks import TaskSpec
from tests.cloud.clocks import WaitingClock
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at

TASK = TaskSpec("clip-1", "clip.mp4", "true", (), (), timedelta(hours=1))


@contextmanager
def busy_service(
    clock: WaitingClock,
    refusals: int = 0,
    retry_after: str = "",
    hang_ups: int = 0,
    cuts: int = 0,
) -> Iterator[Batch]:
    """A Batch service that hangs up, then answers 503, so many times before it takes tasks.

    Of its answers to those that it took, the first are cut short.
    """
    left = [refusals]
    unanswered = [hang_ups]
    cut = [cuts]

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if unanswered[0] > 0:
                unanswered[0] -= 1
                self.close_connection = True
                return
            busy = left[0] > 0
            left[0] -= busy
            results = [{"status": "success", "taskId": task["id"]} for task in asked["value"]]
            body = json.dumps({} if busy else {"value": results}).encode()
            self.send_response(503 if busy else 200)
            self.send_header("Content-Type", "application/json")
            if busy and retry_after:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not busy and cut[0] > 0:
                cut[0] -= 1
                body = body[:-1]
                self.close_connection = True
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        credential = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield Batch(url, credential, retrying=Retrying(clock=clock))
        finally:
            server.shutdown()
            thread.join()


def test_a_busy_service_is_asked_again_after_longer_and_longer_pauses() -> None:
    clock = WaitingClock()
    with busy_service(clock, refusals=3) as batch:
        batch.tasks.add("job", [TASK])
    assert len(clock.sleeps) == 3
    assert clock.sleeps == sorted(clock.sleeps)


def test_a_service_that_stays_busy_is_given_up() -> None:
    clock = WaitingClock()
    with busy_service(clock, refusals=1000) as batch, pytest.raises(ServiceError):
        batch.tasks.add("job", [TASK])
    assert sum(clock.sleeps) == pytest.approx(300)


def test_a_service_that_says_when_to_come_back_is_left_alone_till_then() -> None:
    clock = WaitingClock()
    with busy_service(clock, refusals=1, retry_after="20") as batch:
        batch.tasks.add("job", [TASK])
    assert clock.sleeps == [20]


def test_tasks_are_sent_again_when_the_connection_was_closed_under_them() -> None:
    clock = WaitingClock()
    with busy_service(clock, hang_ups=1) as batch:
        batch.tasks.add("job", [TASK])
    assert not clock.sleeps


def test_tasks_are_sent_again_when_the_answer_about_them_was_cut_short() -> None:
    clock = WaitingClock()
    with busy_service(clock, cuts=1) as batch:
        batch.tasks.add("job", [TASK])
    assert not clock.sleeps


@pytest.mark.parametrize("answer", [b"<html>sign in</html>", b"{}", b"[]"])
def test_an_answer_that_tells_nothing_of_the_tasks_is_an_error(answer: bytes) -> None:
    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with serving_at(Portal) as url:
        batch = Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING))
        with pytest.raises(ServiceError, match="adding tasks to job 'job'"):
            batch.tasks.add("job", [TASK])
