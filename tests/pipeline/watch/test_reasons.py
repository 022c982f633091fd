from __future__ import annotations

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.watch.reasons import FailureReasons
from tests.foreign import make_job, make_pool, wait_for_end


def test_a_failure_has_its_reason_and_its_logs_last_lines_unless_it_was_retried(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_pool(service, "reasons")
    failing = "sh -c 'echo no such codec >&2; exit 3'"
    make_job(service, "reasons", "reasons", failing, failing)
    wait_for_end(service, "reasons", "task-0", "task-1")
    reasons = FailureReasons(require_job("reasons", batch), ["task-1"], batch, storage)
    found = {task.id: reasons.of(task) for task in batch.tasks.all("reasons")}
    assert {failure.reason for failure in found.values()} == {"exit code 3 (FailureExitCode)"}
    assert found["task-0"].log == ("no such codec",)
    assert found["task-1"].log == ()
    assert reasons.is_retried("task-1") and not reasons.is_retried("task-0")
