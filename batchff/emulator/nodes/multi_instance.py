"""What a multi-instance task finds in its environment, on the one node that it runs on here.

Source: "Azure Batch runtime environment variables".
"""

from __future__ import annotations

from batchff.emulator.hosts import ADDRESS
from batchff.emulator.nodes.node import Workplace

_SERVICE_PORT = 6000
"""The port of the primary task's node that the service keeps for itself; nobody listens there."""


def primary_environment(place: Workplace, cores: int) -> dict[str, str]:
    """Give the variables of a primary task: the list of nodes has its own one alone."""
    return {
        "AZ_BATCH_HOST_LIST": ADDRESS,
        "AZ_BATCH_NODE_LIST": ADDRESS,
        "AZ_BATCH_MASTER_NODE": f"{ADDRESS}:{_SERVICE_PORT}",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": "true",
        "AZ_BATCH_TASK_SHARED_DIR": str(place.root),
        "CCP_NODES": f"1 {ADDRESS} {cores}",
    }
