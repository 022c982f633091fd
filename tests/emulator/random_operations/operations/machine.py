"""The emulator that random operations are sent to, and what was seen of it last."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.emulator.random_operations.history import History
from tests.emulator.random_operations.in_process import Answer, InProcess
from tests.emulator.random_operations.snapshot import Document, Snapshot

POOLS = st.sampled_from(["pool-1", "pool-1", "pool-2"])
JOBS = st.sampled_from(["job-1", "job-1", "job-1", "job-2", "job-3"])
SCHEDULES = st.sampled_from(["schedule-1", "schedule-2"])
DEALLOCATIONS = st.sampled_from(["requeue", "terminate", "taskcompletion", "retaineddata"])

ENDLESS = "sleep 600"
STUBBORN = """sh -c 'trap "" TERM; while :; do sleep 0.1; done'"""
REFUSALS = ("NotImplemented", "TooManyEnableAutoScaleRequests")
"""Those that are the service's answer to a fair request, though their status is above 500."""
COMMANDS = st.sampled_from(
    [
        "true",
        "sh -c 'exit 3'",
        "sh -c 'exit 4'",
        ENDLESS,
        "sh -c 'sleep 600 & sleep 600 & wait'",  # one that left the group would outlive its task
        STUBBORN,
        "there-is-no-such-program",
    ]
)


class Machine(RuleBasedStateMachine):
    """An emulator in this thread; the rules are for those who derive from it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="emulator-"))
        self.service = InProcess(self.folder)
        self.history = History(self.look())

    @property
    def now(self) -> Snapshot:
        """What was seen last."""
        return self.history.now

    def look(self) -> Snapshot:
        return Snapshot.of(self.service)

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request that may well be refused, but not fail the emulator."""
        answer = self.service.send(method, path, body)
        refused = answer.status < 500 or answer.document["code"] in REFUSALS
        assert refused, (method, path, body, answer)
        return answer

    def node(self, number: int) -> Document | None:
        """Give one of the nodes that there are, whatever the number."""
        nodes = [node for of_pool in self.now.nodes.values() for node in of_pool]
        return nodes[number % len(nodes)] if nodes else None


def pool_of(node: Document) -> str:
    """Give the id of a node's pool."""
    return str(node["url"]).split("/pools/")[1].split("/")[0]
