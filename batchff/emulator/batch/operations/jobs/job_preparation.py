"""What a job's preparation and release tasks did, node by node."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.operations.jobs.jobs import find_job
from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.entities import PREPARATION
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_rows
from batchff.emulator.batch.rendering.preparations import render_preparation
from batchff.emulator.state.store.database import Where


def list_job_preparation_and_release_task_status(call: Call) -> Response:
    """Nodes that have left their pool since are listed too."""
    job = find_job(call)
    if job.preparation is None:
        raise BatchError("JobPreparationTaskOrReleaseTaskNotSpecified")
    return answer_rows(
        call,
        call.store.preparations,
        Where("job = ?", (job.seq,)),
        PREPARATION,
        lambda row: render_preparation(row, job, call.endpoint),
    )
