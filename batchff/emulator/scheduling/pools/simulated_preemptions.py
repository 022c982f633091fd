"""Random preemptions of Spot nodes, at the rate that the simulation was started with."""

from __future__ import annotations

import math
from collections import Counter

from batchff.emulator.clock import Clock
from batchff.emulator.scheduling.loops.watch import Watch
from batchff.emulator.scheduling.pools.preemption import Preemption
from batchff.emulator.simulation.draws import draw, draw_seconds
from batchff.emulator.simulation.settings import Simulation, Span
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import SECOND

_AWAY_SECONDS = 60.0
_UNUSABLE = Span(30, 300)
"""How long a node is unusable before it's preempted, where it is."""
_LOOK_SECONDS = 60.0


class Preemptions:
    """Draws how long a node stays, each time that it comes up, and takes it away then."""

    def __init__(
        self, simulation: Simulation, store: Store, preemption: Preemption, clock: Clock
    ) -> None:
        self._simulation = simulation
        self._store = store
        self._preemption = preemption
        self._watch = Watch(clock, self._look)
        self._due: dict[int, int] = {}
        self._lives: Counter[int] = Counter()

    async def run(self) -> None:
        """Preempt nodes for ever, or none where none are to be."""
        if self._simulation.preemptions:
            await self._watch.run()

    def _look(self) -> float:
        now = self._store.tick()
        due: dict[int, int] = {}
        for node in self._preemption.candidates():
            moment = self._due.get(node.seq)
            if moment is None:
                moment = now + self._stay(node.seq)
            if moment > now:
                due[node.seq] = moment
            else:
                self._preemption.preempt(node, _AWAY_SECONDS, self._unusable(node.seq))
        self._due = due
        return (min(due.values()) - now) / SECOND if due else _LOOK_SECONDS

    def _stay(self, node: int) -> int:
        """Draw the ticks until a node's next preemption: it is as likely at any moment."""
        self._lives[node] += 1
        drawn = draw(self._simulation.seed, "preemption", node, self._lives[node])
        return round(-math.log(drawn) * 3600 / self._simulation.preemptions * SECOND)

    def _unusable(self, node: int) -> float:
        """Draw for how many seconds a node is unusable before its preemption; 0 where it isn't."""
        seed, life = self._simulation.seed, self._lives[node]
        if draw(seed, "unusable", node, life) >= self._simulation.unusable_preemptions:
            return 0.0
        return draw_seconds(_UNUSABLE, seed, "unusable time", node, life)
