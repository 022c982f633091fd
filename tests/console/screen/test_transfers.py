from __future__ import annotations

import pytest

from batchff.console.screen.transfers import Transfer


def test_a_rate_is_of_late() -> None:
    stage = Transfer(0.0, 1, 10_000)
    assert stage.rate(0.0) is None
    for second in range(100):
        stage = stage.move(10 if second < 50 else 100, float(second))
    assert stage.rate(100.0) == pytest.approx(100.0, rel=0.1)


def test_what_outputs_will_come_to_is_guessed_while_they_are_made() -> None:
    stage = Transfer(0.0, 10, None, bytes=200, files_done=2)
    assert (stage.expected, stage.fraction) == (1000, 0.2)
    assert Transfer(0.0, 10, None).expected is None
    assert Transfer(0.0, 10, None, guess=5).expected == 5
    assert Transfer(0.0, 10, 700, guess=5).expected == 700


def test_the_end_is_whole_and_comes_once() -> None:
    stage = Transfer(0.0, 10, 100, bytes=5).end(3.0)
    assert stage.fraction == 1.0
    assert stage.end(9.0).ended == 3.0
