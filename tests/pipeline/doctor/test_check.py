from __future__ import annotations

import threading

import pytest

from batchff.errors import ServiceError
from batchff.events.doctor import Checked
from batchff.pipeline.doctor.check import Check, Examination, Status, ok
from tests.pipeline.recorder import Recorder


def test_each_check_is_told_as_it_ends() -> None:
    recorder = Recorder()
    examination = Examination(recorder)
    examination.run("clock", lambda: ok("clock", "right"))
    examination.run("quota", lambda: [ok("quota: a", "1"), ok("quota: b", "2")])
    assert recorder.events == [
        Checked("clock", "ok", "right", ""),
        Checked("quota: a", "ok", "1", ""),
        Checked("quota: b", "ok", "2", ""),
    ]


def test_what_a_check_raises_is_a_failure_and_the_others_go_on() -> None:
    def refuse() -> Check:
        raise ServiceError("refused", hint="ask again")

    examination = Examination(Recorder())
    examination.run("clock", refuse)
    examination.run("disk", lambda: ok("disk", "much"))
    assert examination.checks == [
        Check("clock", Status.FAILURE, "refused", "ask again"),
        ok("disk", "much"),
    ]
    assert (examination.count(Status.OK), examination.count(Status.FAILURE)) == (1, 1)


def test_a_check_that_never_ends_is_a_failure_after_a_while() -> None:
    silence = threading.Event()

    def wait() -> Check:
        silence.wait()
        return ok("clock", "late")

    examination = Examination(Recorder(), seconds=0.05)
    examination.run("clock", wait)
    silence.set()
    assert [(check.name, check.status) for check in examination.checks] == [
        ("clock", Status.FAILURE)
    ]


def test_a_defect_stays_one() -> None:
    def divide() -> Check:
        return ok("clock", str(1 // 0))

    with pytest.raises(ZeroDivisionError):
        Examination(Recorder()).run("clock", divide)
