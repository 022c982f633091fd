from __future__ import annotations

from pathlib import Path

from batchff.emulator.nodes.multi_instance import primary_environment
from batchff.emulator.nodes.node import Workplace


def test_a_primary_task_is_told_of_the_one_node_that_there_is(tmp_path: Path) -> None:
    assert primary_environment(Workplace(tmp_path), cores=2) == {
        "AZ_BATCH_HOST_LIST": "127.0.0.1",
        "AZ_BATCH_NODE_LIST": "127.0.0.1",
        "AZ_BATCH_MASTER_NODE": "127.0.0.1:6000",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": "true",
        "AZ_BATCH_TASK_SHARED_DIR": str(tmp_path),
        "CCP_NODES": "1 127.0.0.1 2",
    }
