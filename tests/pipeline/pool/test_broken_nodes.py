from __future__ import annotations

from batchff.model.pools import NodeStatus
from batchff.model.states import SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE
from batchff.pipeline.pool.broken_nodes import BrokenNodes
from tests.pipeline.clock import Time

_UNUSABLE = NodeStatus("spot", "unusable", spot=True)
_IDLE = NodeStatus("spot", "idle", spot=True)
_PREEMPTED = NodeStatus("spot", "preempted", spot=True)


def test_a_dedicated_node_is_broken_as_soon_as_it_is_unusable() -> None:
    node = NodeStatus("dedicated", "unusable")
    broken = BrokenNodes(Time())

    assert broken.look([node]) == [node]
    assert broken.has(node)
    assert broken.look([node]) == [], "that it broke was told"
    assert broken.has(node)


def test_a_failed_start_task_breaks_a_spot_node_at_once() -> None:
    node = NodeStatus("spot", "starttaskfailed", spot=True)

    assert BrokenNodes(Time()).look([node]) == [node]


def test_a_spot_node_is_broken_once_it_has_been_unusable_for_long() -> None:
    time = Time()
    broken = BrokenNodes(time)

    assert broken.look([_UNUSABLE]) == []
    time.pause(SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE - 1)
    assert broken.look([_UNUSABLE]) == []
    assert not broken.has(_UNUSABLE)
    time.pause(1)
    assert broken.look([_UNUSABLE]) == [_UNUSABLE]
    assert broken.has(_UNUSABLE)


def test_each_time_that_a_spot_node_is_taken_away_counts_by_itself() -> None:
    time = Time()
    broken = BrokenNodes(time)

    for _ in range(3):
        for node in (_UNUSABLE, _PREEMPTED, _IDLE):
            assert broken.look([node]) == []
            time.pause(SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE - 1)
