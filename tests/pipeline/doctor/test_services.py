from __future__ import annotations

from datetime import timedelta

import pytest

from batchff.emulator.launch import Connection
from batchff.errors import NotAllowedError, UnreachableError
from batchff.pipeline.doctor.check import Status, ok
from batchff.pipeline.doctor.services import Service, check_clock, check_sign_in
from tests.storage_servers import closed_port


def service(endpoint: str = "", offset: timedelta | None = None) -> Service:
    return Service("Batch", endpoint, lambda: None, lambda: "the account's key", offset=offset)


def test_a_service_that_answers_lets_in_and_has_our_time(emulator: Connection) -> None:
    batch = service(emulator.batch_endpoint)
    said = f"{emulator.batch_endpoint}, by the account's key"
    assert check_sign_in(batch) == ok("sign-in: Batch", said)
    assert batch.lets_in
    assert check_clock([batch]) == ok("clock", "as the services' own, within 5 minutes")


def test_what_a_role_doesnt_allow_is_signed_in_all_the_same(emulator: Connection) -> None:
    def refuse() -> None:
        raise NotAllowedError("listing jobs: the service doesn't allow it")

    batch = service(emulator.batch_endpoint)
    batch.read = refuse
    assert check_sign_in(batch).status is Status.OK
    assert not batch.lets_in
    assert batch.refusal is not None


def test_a_service_that_doesnt_answer_is_an_error() -> None:
    with pytest.raises(UnreachableError):
        check_sign_in(service(f"http://127.0.0.1:{closed_port()}"))


@pytest.mark.parametrize(
    ("minutes", "status", "words"),
    [
        (4, Status.OK, "within 5 minutes"),
        (6, Status.WARNING, "is 6m ahead of the services'"),
        (-6, Status.WARNING, "is 6m behind the services'"),
        (16, Status.FAILURE, "is 16m ahead of the services'"),
    ],
)
def test_a_clock_that_is_wrong_is_reported_before_services_refuse_it(
    minutes: int, status: Status, words: str
) -> None:
    ahead = -timedelta(minutes=minutes)
    check = check_clock([service(offset=timedelta()), service(offset=ahead), service()])
    assert check.status is status
    assert words in check.message


def test_where_no_service_says_its_time_it_isnt_checked() -> None:
    assert check_clock([service()]).status is Status.WARNING
