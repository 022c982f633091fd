from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterator

import pytest

from batchff.errors import BatchffError, SignInError, TransferError, UnreachableError
from batchff.pipeline.parallel import Done, Failed, StopFlag, Stopped, in_parallel

SECONDS = 20.0


def test_every_item_is_worked_on_once() -> None:
    outcomes = list(in_parallel(lambda number, stop: number * 2, range(50), at_a_time=3))
    assert sorted(outcome.item for outcome in outcomes) == list(range(50))
    assert all(
        isinstance(outcome, Done) and outcome.result == outcome.item * 2 for outcome in outcomes
    )


def test_nothing_to_do_is_fine() -> None:
    assert list(in_parallel(lambda item, stop: item, [])) == []


def test_as_many_as_asked_for_run_at_the_same_time() -> None:
    together = threading.Barrier(4, timeout=SECONDS)
    outcomes = in_parallel(lambda item, stop: together.wait(), range(4), at_a_time=4)
    assert len(list(outcomes)) == 4


def test_an_expected_error_doesnt_stop_the_others() -> None:
    def work(number: int, stop: StopFlag) -> int:
        if number % 2:
            raise TransferError(f"{number} is odd")
        return number

    outcomes = list(in_parallel(work, range(10), at_a_time=2))
    failed = {outcome.item for outcome in outcomes if isinstance(outcome, Failed)}
    assert failed == {1, 3, 5, 7, 9}
    assert len(outcomes) == 10


def test_a_failed_item_carries_its_error() -> None:
    def work(item: str, stop: StopFlag) -> None:
        raise BatchffError(item, hint="do better")

    (outcome,) = in_parallel(work, ["a"])
    assert isinstance(outcome, Failed)
    assert (outcome.item, outcome.error.message, outcome.error.hint) == ("a", "a", "do better")


@pytest.mark.parametrize("error", [SignInError("refused"), UnreachableError("no answer")])
def test_what_would_fail_for_every_item_ends_all(error: BatchffError) -> None:
    tried = []

    def work(item: int, stop: StopFlag) -> None:
        tried.append(item)
        raise error

    with pytest.raises(type(error)):
        list(in_parallel(work, range(1000), at_a_time=2))
    assert len(tried) <= 4


def test_a_defect_ends_all_and_keeps_its_traceback() -> None:
    def work(item: int, stop: StopFlag) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_parallel(work, range(10)))


def test_items_are_taken_only_as_fast_as_they_are_worked_on() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    outcomes = in_parallel(lambda item, stop: item, items(), at_a_time=2)
    next(outcomes)
    assert len(taken) <= 4


class Worker:
    """Work that goes on until it's told to stop."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.stopped = threading.Event()

    def work(self, item: str, stop: StopFlag) -> str:
        if item == "quick":
            assert self.began.wait(SECONDS)
            return item
        self.began.set()
        for _ in range(int(SECONDS * 100)):
            try:
                stop.check()
            except Stopped:
                self.stopped.set()
                raise
            threading.Event().wait(0.01)
        return item


def test_when_the_caller_stops_what_runs_is_told_and_waited_for() -> None:
    worker = Worker()
    outcomes = in_parallel(worker.work, ["slow", "quick"], at_a_time=2)
    assert next(outcomes).item == "quick"
    outcomes.close()  # type: ignore[attr-defined]
    assert worker.stopped.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batchff")]


def test_when_another_thread_stops_it_what_hasnt_begun_is_left() -> None:
    worker, stop = Worker(), StopFlag()

    def stop_it() -> None:
        assert worker.began.wait(SECONDS)
        stop.set()

    another = threading.Thread(target=stop_it)
    another.start()
    with pytest.raises(Stopped):
        list(in_parallel(worker.work, ["slow", "never begun"], at_a_time=1, stop=stop))
    another.join(SECONDS)


def test_an_interrupt_in_the_caller_stops_what_runs() -> None:
    worker = Worker()
    with pytest.raises(KeyboardInterrupt):
        for _ in in_parallel(worker.work, ["slow", "quick"], at_a_time=2):
            raise KeyboardInterrupt
    assert worker.stopped.is_set()


def test_an_interrupt_while_waiting_for_a_result_stops_what_runs() -> None:
    worker = Worker()

    def interrupt() -> None:
        assert worker.began.wait(SECONDS)
        signal.pthread_kill(main_thread, signal.SIGINT)
        # Python misses a signal that comes just before it blocks; people press the keys again.
        if not worker.stopped.wait(2):
            signal.pthread_kill(main_thread, signal.SIGINT)

    main_thread = threading.get_ident()
    messenger = threading.Thread(target=interrupt)
    messenger.start()
    with pytest.raises(KeyboardInterrupt):
        list(in_parallel(worker.work, ["slow"]))
    assert worker.stopped.wait(SECONDS)
    messenger.join(SECONDS)


def test_the_callers_flag_isnt_set_by_work_that_has_ended() -> None:
    stop = StopFlag()
    assert len(list(in_parallel(lambda item, part: item, range(3), stop=stop))) == 3
    assert not stop.is_set()
    assert len(list(in_parallel(lambda item, part: item, range(3), stop=stop))) == 3


def test_the_callers_flag_isnt_set_when_the_caller_leaves_early() -> None:
    stop = StopFlag()
    outcomes = in_parallel(lambda item, part: item, iter(range(9)), at_a_time=1, stop=stop)
    next(outcomes)
    assert isinstance(outcomes, Generator)
    outcomes.close()
    assert not stop.is_set()


def test_a_part_of_stopped_work_is_stopped_from_the_start() -> None:
    stop = StopFlag()
    stop.set()
    with stop.part() as part:
        assert part.is_set()
