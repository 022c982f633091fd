"""How long is waited, by what is seen meanwhile."""

from __future__ import annotations

import pytest

from batchff.pipeline.waiting import Interval


def test_looks_become_rarer_while_nothing_changes() -> None:
    interval = Interval(1, 3)
    waits = [interval.after(changed=changed) for changed in (False, False, False, False, False)]
    assert waits == sorted(waits)
    assert waits[-2:] == [3, 3]
    assert interval.after(changed=True) == 1
    assert interval.after(changed=False) == pytest.approx(1.4)
