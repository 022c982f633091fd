"""The bodies of requests: the fields of each, and which of them are supported."""

from __future__ import annotations

from batchff.emulator.batch.bodies.job_schedules import (
    JOB_SCHEDULE_CREATE,
    JOB_SCHEDULE_REPLACE,
    JOB_SCHEDULE_UPDATE,
)
from batchff.emulator.batch.bodies.jobs import (
    JOB_CREATE,
    JOB_DISABLE,
    JOB_REPLACE,
    JOB_TERMINATE,
    JOB_UPDATE,
)
from batchff.emulator.batch.bodies.nodes import (
    NODE_DEALLOCATE,
    NODE_DISABLE_SCHEDULING,
    NODE_REBOOT,
    NODE_REIMAGE,
    NODE_UPLOAD_LOGS,
    REMOVE_NODES,
)
from batchff.emulator.batch.bodies.pools import (
    POOL_CREATE,
    POOL_ENABLE_AUTO_SCALE,
    POOL_EVALUATE_AUTO_SCALE,
    POOL_REPLACE,
    POOL_RESIZE,
    POOL_UPDATE,
)
from batchff.emulator.batch.bodies.tasks import TASK_CREATE, TASK_REPLACE
from batchff.emulator.batch.bodies.users import NODE_USER_CREATE, NODE_USER_REPLACE

__all__ = [
    "JOB_CREATE",
    "JOB_DISABLE",
    "JOB_REPLACE",
    "JOB_SCHEDULE_CREATE",
    "JOB_SCHEDULE_REPLACE",
    "JOB_SCHEDULE_UPDATE",
    "JOB_TERMINATE",
    "JOB_UPDATE",
    "NODE_DEALLOCATE",
    "NODE_DISABLE_SCHEDULING",
    "NODE_REBOOT",
    "NODE_REIMAGE",
    "NODE_UPLOAD_LOGS",
    "NODE_USER_CREATE",
    "NODE_USER_REPLACE",
    "POOL_CREATE",
    "POOL_ENABLE_AUTO_SCALE",
    "POOL_EVALUATE_AUTO_SCALE",
    "POOL_REPLACE",
    "POOL_RESIZE",
    "POOL_UPDATE",
    "REMOVE_NODES",
    "TASK_CREATE",
    "TASK_REPLACE",
]
