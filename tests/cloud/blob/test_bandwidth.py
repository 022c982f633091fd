from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from batchff.cloud.blob.bandwidth import BytesDone, Turns, in_order

SECONDS = 20.0


def ignore(_count: int) -> None:
    """Take no notice of progress."""


def test_who_has_the_lowest_rank_goes_first() -> None:
    turns = Turns(10)
    went: list[int] = []

    def go(rank: int) -> None:
        with turns.turn(rank, 10):
            went.append(rank)

    waiting = [threading.Thread(target=go, args=(rank,)) for rank in (3, 1, 2)]
    with turns.turn(0, 10):
        for thread in waiting:
            thread.start()
        while turns.waiting < 3:
            threading.Event().wait(0.01)
        assert not went
    for thread in waiting:
        thread.join(SECONDS)
    assert went == [1, 2, 3]


def test_weights_together_stay_within_the_limit() -> None:
    turns = Turns(10)
    went = threading.Event()

    def go() -> None:
        with turns.turn(1, 6):
            went.set()

    third = threading.Thread(target=go)
    with turns.turn(0, 5):
        with turns.turn(0, 4):
            third.start()
            while not turns.waiting:
                threading.Event().wait(0.01)
        # One more than there's room for.
        assert not went.is_set()
    third.join(SECONDS)
    assert went.is_set()


def test_what_is_heavier_than_the_limit_goes_alone() -> None:
    turns = Turns(10)
    with turns.turn(0, 1000):
        pass
    with turns.turn(0, 10):
        pass


def test_results_come_in_the_order_of_the_jobs() -> None:
    second_is_done = threading.Event()

    def first(_progress: BytesDone) -> str:
        assert second_is_done.wait(SECONDS)
        return "first"

    def second(_progress: BytesDone) -> str:
        second_is_done.set()
        return "second"

    assert list(in_order([first, second, first], 2, ignore)) == ["first", "second", "first"]


def test_jobs_are_taken_only_as_results_are() -> None:
    taken = 0

    def jobs() -> list[Callable[[BytesDone], int]]:
        def make(number: int) -> Callable[[BytesDone], int]:
            nonlocal taken
            taken += 1
            return lambda _progress: number

        return map(make, range(100))  # type: ignore[return-value]

    results = in_order(jobs(), 3, ignore)
    assert next(results) == 0
    assert taken == 3


def test_when_a_job_fails_the_others_are_stopped() -> None:
    began = threading.Event()

    def endless(progress: BytesDone) -> None:
        began.set()
        for _ in range(int(SECONDS * 100)):
            progress(1)
            threading.Event().wait(0.01)
        raise AssertionError("it was never stopped")

    def failing(_progress: BytesDone) -> None:
        assert began.wait(SECONDS)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_order([failing, endless], 2, ignore))
