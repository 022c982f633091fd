from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.operations.jobs.new_jobs import check_size_of_task
from batchff.emulator.batch.protocol.errors import BatchError


@pytest.mark.parametrize(
    ("body", "slots"),
    [
        ({}, 1),
        ({"requiredSlots": 4}, 4),
        ({"requiredSlots": 400}, None),  # its pool isn't there yet
    ],
)
def test_a_task_that_fits_is_taken(body: dict[str, Any], slots: int | None) -> None:
    check_size_of_task(body, slots)


def test_a_task_for_more_slots_than_a_node_has_would_never_run() -> None:
    with pytest.raises(BatchError) as error:
        check_size_of_task({"requiredSlots": 5}, 4, "jobManagerTask.")
    assert error.value.values["PropertyName"] == "jobManagerTask.requiredSlots"
    assert error.value.values["Reason"] == "The pool's nodes have 4"
