from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.pipeline.beginnings import only_one


def test_the_only_one_is_meant() -> None:
    assert only_one("job", "to", ["tour"]) == "tour"
    assert only_one("job", "to", []) is None


def test_of_several_at_most_five_are_named() -> None:
    with pytest.raises(UsageError) as raised:
        only_one("job", "to", ["tour-2", "tour-1"])
    assert raised.value.message == "job 'to' could be tour-1, tour-2"
    assert raised.value.hint == "give more of the id"
    with pytest.raises(UsageError) as raised:
        only_one("pool", "t", [f"t{number}" for number in range(8)])
    assert raised.value.message == "pool 't' could be t0, t1, t2, t3, t4 and 3 more"
