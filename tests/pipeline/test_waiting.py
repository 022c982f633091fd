"""How long is waited, by what is seen meanwhile."""

from __future__ import annotations

import pytest

from batchff.pipeline.waiting import Interval, Patience
from tests.pipeline.clock import Time


def test_looks_become_rarer_while_nothing_changes() -> None:
    interval = Interval(1, 3)
    waits = [interval.after(changed=changed) for changed in (False, False, False, False, False)]
    assert waits == sorted(waits)
    assert waits[-2:] == [3, 3]
    assert interval.after(changed=True) == 1
    assert interval.after(changed=False) == pytest.approx(1.4)


def test_patience_ends_after_its_seconds() -> None:
    time = Time()
    patience = Patience(5, step=2, pause=time.pause)
    while not patience.is_over:
        patience.wait()
    assert time.now == 6  # the last step isn't cut short
