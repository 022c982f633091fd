from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import connect_storage
from batchff.emulator.launch import Connection
from batchff.errors import InterruptedByUser
from batchff.pipeline.watch import rhythm
from batchff.pipeline.watch.job import Ended
from batchff.pipeline.watch.watch import Watching, watch
from tests.foreign import make_job, make_pool, wait_for_end
from tests.pipeline.recorder import Recorder


def test_outputs_are_seen_as_they_come_however_slow_the_service_is(
    emulator: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    with BatchClient(emulator.batch_endpoint, credential) as service:
        pool = make_pool(service, "slow", slots=1)
        job = make_job(service, "slow", pool, "true", "sleep 600")
        wait_for_end(service, job, "task-0")
        # Each answer takes longer than the time between two looks at the job and its counts.
        monkeypatch.setattr(rhythm, "_CHECKS_WHILE_NONE_RUNS", -1.0)
        monkeypatch.setattr(rhythm, "_CHECKS_WHILE_TASKS_RUN", -1.0)
        succeeded: list[str] = []
        looks = 0

        def stop_after_some_looks(_seconds: float) -> None:
            nonlocal looks
            looks += 1
            if looks == 4:
                raise KeyboardInterrupt

        with pytest.raises(InterruptedByUser):
            for seen in watch(
                job,
                Batch(emulator.batch_endpoint, credential),
                connect_storage(emulator.storage_connection_string),
                Recorder(),
                Watching(pause=stop_after_some_looks),
            ):
                assert isinstance(seen, Ended)
                succeeded.append(seen.task.id)
    assert succeeded == ["task-0"]
