"""How often a watched job's state, its counts and its pool's nodes are asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto
from itertools import cycle

# The job's state and the service's counts are asked for this rarely.
_CHECKS_WHILE_TASKS_RUN = 10.0
_CHECKS_WHILE_NONE_RUNS = 1.0
_SECONDS_BETWEEN_NODE_LOOKS = 1.0
# While tasks run, nodes are only shown; but a task whose node is lost is soon to be seen as such.
_SECONDS_BETWEEN_NODE_LOOKS_WHILE_TASKS_RUN = 2.0
# After a look at the nodes, wait this many times as long as it took: a large pool has a long list.
_NODE_LOOKS_REST = 5


class Look(Enum):
    """What a look at a job asks the service for."""

    AT_TASKS = auto()
    AT_STATE = auto()
    AT_COUNTS = auto()


class Rhythm:
    """Says what each look asks for, and when nodes may be looked at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._checks = cycle((Look.AT_STATE, Look.AT_COUNTS))
        self._checked = self._nodes_rest_until = self._began_at_nodes = float("-inf")
        self._looked_at_nodes = float("-inf")
        self._was_check = True  # the first look is at the tasks

    def next_look(self, *, tasks_run: bool) -> Look:
        """Return what to ask for now; every second look at least is at the tasks.

        However slow the service is, ended tasks are seen between two checks.
        """
        pause = _CHECKS_WHILE_TASKS_RUN if tasks_run else _CHECKS_WHILE_NONE_RUNS
        now = self._clock()
        self._was_check = not self._was_check and now - self._checked > pause
        if not self._was_check:
            return Look.AT_TASKS
        self._checked = now
        return next(self._checks)

    def may_look_at_nodes(self, *, tasks_run: bool = False) -> bool:
        """Return whether enough time has passed since the last look at nodes."""
        self._began_at_nodes = self._clock()
        rest = _SECONDS_BETWEEN_NODE_LOOKS_WHILE_TASKS_RUN if tasks_run else 0.0
        return self._began_at_nodes > max(self._nodes_rest_until, self._looked_at_nodes + rest)

    def looked_at_nodes(self) -> None:
        """Note that the look is over: the longer it took, the later is the next one."""
        ended = self._looked_at_nodes = self._clock()
        took = ended - self._began_at_nodes
        self._nodes_rest_until = ended + max(_SECONDS_BETWEEN_NODE_LOOKS, took * _NODE_LOOKS_REST)
