"""Random operations on pools and their nodes."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.emulator.examples import pool_document
from tests.emulator.random_operations.operations.machine import (
    DEALLOCATIONS,
    POOLS,
    Machine,
    pool_of,
)

FORMULAS = st.sampled_from(
    [
        "$TargetDedicatedNodes = 1; $TargetLowPriorityNodes = 1;",
        "$TargetDedicatedNodes = min(2, $PendingTasks.GetSample(1));"
        "$NodeDeallocationOption = taskcompletion;",
        "$TargetDedicatedNodes = 0; $NodeDeallocationOption = retaineddata;",
        "$TargetDedicatedNodes = 1 / 0;",
    ]
)
NODE_ACTIONS = {
    "reboot": "nodeRebootOption",
    "reimage": "nodeReimageOption",
    "deallocate": "nodeDeallocateOption",
    "start": None,
    "disablescheduling": "nodeDisableSchedulingOption",
    "enablescheduling": None,
}


class PoolOperations(Machine):
    @rule(
        pool=POOLS,
        nodes=st.integers(0, 2),
        spot=st.integers(0, 1),
        slots=st.integers(1, 3),
        fill=st.sampled_from(["pack", "spread"]),
    )
    def create_pool(self, pool: str, nodes: int, spot: int, slots: int, fill: str) -> None:
        body = pool_document(
            pool,
            taskSlotsPerNode=slots,
            targetDedicatedNodes=nodes,
            targetLowPriorityNodes=spot,
            taskSchedulingPolicy={"nodeFillType": fill},
        )
        self.send("POST", "/pools", body)

    @rule(
        pool=POOLS,
        nodes=st.integers(0, 3),
        spot=st.integers(0, 2),
        how=DEALLOCATIONS,
        timeout=st.sampled_from(["PT5M", "PT15M"]),
    )
    def resize_pool(self, pool: str, nodes: int, spot: int, how: str, timeout: str) -> None:
        body = {
            "targetDedicatedNodes": nodes,
            "targetLowPriorityNodes": spot,
            "nodeDeallocationOption": how,
            "resizeTimeout": timeout,
        }
        self.send("POST", f"/pools/{pool}/resize", body)

    @rule(pool=POOLS)
    def stop_resize(self, pool: str) -> None:
        self.send("POST", f"/pools/{pool}/stopresize")

    @rule(pool=POOLS, formula=FORMULAS)
    def enable_autoscale(self, pool: str, formula: str) -> None:
        body = {"autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT5M"}
        self.send("POST", f"/pools/{pool}/enableautoscale", body)

    @rule(pool=POOLS)
    def disable_autoscale(self, pool: str) -> None:
        self.send("POST", f"/pools/{pool}/disableautoscale")

    @rule(pool=POOLS, fails=st.booleans(), waits=st.booleans())
    def give_a_start_task(self, pool: str, fails: bool, waits: bool) -> None:
        start = {"commandLine": "false" if fails else "true", "waitForSuccess": waits}
        self.send("PATCH", f"/pools/{pool}", {"startTask": start})

    @rule(pool=st.sampled_from(["pool-2", "pool-2", "pool-2", "pool-1"]))
    def delete_pool(self, pool: str) -> None:
        self.send("DELETE", f"/pools/{pool}")

    @rule(
        number=st.integers(0, 7),
        action=st.sampled_from([*NODE_ACTIONS, "start", "reboot"]),
        how=DEALLOCATIONS,
    )
    def act_on_a_node(self, number: int, action: str, how: str) -> None:
        node = self.node(number)
        if node is None:
            return
        option = NODE_ACTIONS[action]
        if action == "disablescheduling" and how == "retaineddata":
            how = "taskcompletion"
        body = None if option is None else {option: how}
        self.send("POST", f"/pools/{pool_of(node)}/nodes/{node['id']}/{action}", body)

    @rule(number=st.integers(0, 7), how=DEALLOCATIONS)
    def remove_a_node(self, number: int, how: str) -> None:
        node = self.node(number)
        if node is not None:
            body = {"nodeList": [node["id"]], "nodeDeallocationOption": how}
            self.send("POST", f"/pools/{pool_of(node)}/removenodes", body)

    @rule(
        number=st.integers(0, 7),
        away=st.sampled_from(["PT0S", "PT1M", "PT2H"]),
        unusable=st.sampled_from(["PT0S", "PT2M"]),
    )
    def preempt_a_node(self, number: int, away: str, unusable: str) -> None:
        node = self.node(number)
        if node is not None:
            body = {"returnAfter": away, "unusableFirst": unusable}
            self.send("POST", f"/$emulator/nodes/{node['id']}/preempt", body)
