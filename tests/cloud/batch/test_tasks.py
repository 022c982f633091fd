from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import Retrying
from batchff.errors import ServiceError
from batchff.model.tasks import TaskSpec
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at

TASK = TaskSpec("clip-1", "clip.mp4", "true", (), (), timedelta(hours=1))
TASKS = [replace(TASK, id=f"Clip-{number}") for number in range(5)]


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
            self.send_header("request-id", "1")
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


Results = list[Any]
Judge = Callable[[list[str]], Results]
"""Answers for the tasks of these ids."""


@contextmanager
def judging_service(
    *judges: Judge, clock: WaitingClock | None = None
) -> Iterator[tuple[Batch, list[list[str]]]]:
    """A Batch service that answers by one judge after the other; and what it was asked to add.

    The last one judges all that follow.
    """
    asked: list[list[str]] = []
    left = deque(judges)

    class Judging(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append([task["id"] for task in body["value"]])
            judge = left.popleft() if len(left) > 1 else left[0]
            answer = json.dumps({"value": judge(asked[-1])}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with serving_at(Judging) as url:
        retrying = Retrying(clock=clock or WaitingClock())
        yield Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING), retrying=retrying), asked


def result(task: str, status: str = "Success", code: str = "") -> dict[str, Any]:
    """One task's result as the service writes it."""
    error = {"code": code, "message": {"lang": "en-US", "value": "What is wrong."}}
    return {"taskId": task, "status": status} | ({"error": error} if code else {})


def all_added(ids: list[str]) -> Results:
    return [result(task) for task in ids]


@pytest.mark.parametrize(
    "one", ["servererror", "ServerError", "SERVERERROR", "InvalidState", "Deferred", "", None, 7]
)
def test_only_what_is_said_to_have_succeeded_is_not_asked_for_again(one: Any) -> None:
    def all_but_the_third(ids: list[str]) -> Results:
        return [result(task, one if task == ids[2] else "Success") for task in ids]

    clock = WaitingClock()
    with judging_service(all_but_the_third, all_added, clock=clock) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert asked == [[task.id for task in TASKS], [TASKS[2].id]]
    assert len(clock.sleeps) == 1


@pytest.mark.parametrize("status", ["success", "Success", "SUCCESS"])
def test_success_is_success_however_it_is_written(status: str) -> None:
    with judging_service(lambda ids: [result(task, status) for task in ids]) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert len(asked) == 1


@pytest.mark.parametrize("status", ["clienterror", "ClientError"])
def test_a_task_that_is_refused_is_an_error_however_that_is_written(status: str) -> None:
    def refusing(ids: list[str]) -> Results:
        return [result(ids[0], status, "InvalidPropertyValue"), *all_added(ids[1:])]

    with judging_service(refusing) as (batch, _), pytest.raises(ServiceError) as raised:
        batch.tasks.add("job", TASKS)

    assert raised.value.message == (
        "job 'job' refused 1 of 5 tasks: InvalidPropertyValue: What is wrong."
    )


def test_a_refusal_without_a_reason_is_one_all_the_same() -> None:
    with (
        judging_service(lambda ids: [result(task, "ClientError") for task in ids]) as (batch, _),
        pytest.raises(ServiceError, match="job 'job' refused 5 of 5 tasks: ClientError"),
    ):
        batch.tasks.add("job", TASKS)


@pytest.mark.parametrize("status", ["clienterror", "ClientError"])
def test_a_task_that_exists_is_there(status: str) -> None:
    def there(ids: list[str]) -> Results:
        return [result(task, status, "TaskExists") for task in ids]

    with judging_service(there) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert len(asked) == 1


def test_a_task_that_the_answer_leaves_out_is_asked_for_again() -> None:
    with judging_service(lambda ids: all_added(ids[:2]), all_added) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert asked[1:] == [[task.id for task in TASKS[2:]]]


def test_answers_go_with_their_tasks_in_whatever_order_and_case_they_come() -> None:
    def mixed(ids: list[str]) -> Results:
        others = [task.swapcase() for task in reversed(ids[1:])]
        return [*all_added(others), result(ids[0].upper(), "ServerError")]

    with judging_service(mixed, all_added) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert asked[1:] == [[TASKS[0].id]]


def test_answers_without_a_task_answer_for_none() -> None:
    nothing = [None, "Success", {"status": "Success"}, result("another task")]
    with judging_service(lambda ids: nothing, all_added) as (batch, asked):
        batch.tasks.add("job", TASKS)

    assert asked == [[task.id for task in TASKS]] * 2


def test_a_service_that_never_adds_a_task_is_given_up_by_what_it_said() -> None:
    def deferring(ids: list[str]) -> Results:
        return [result(task, "Deferred") for task in ids]

    clock = WaitingClock()
    with (
        judging_service(deferring, clock=clock) as (batch, _),
        pytest.raises(ServiceError) as raised,
    ):
        batch.tasks.add("job", TASKS)

    assert 200 < sum(clock.sleeps) <= 300.001
    assert raised.value.message == (
        "the service failed to add 5 tasks to job 'job', again and again: 'Deferred'"
    )
