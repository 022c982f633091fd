"""Whether the outputs that a job made are still where they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import TransferError
from batchff.pipeline.job.graph import all_outputs
from batchff.pipeline.outputs import JobOutputs, list_outputs
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.cloud.storage import Storage
    from batchff.pipeline.submit.planning.submission import Submission


def require_outputs(submission: Submission, made: int, storage: Storage) -> None:
    """Raise TransferError where storage has fewer outputs of a job than its tasks `made`.

    At a place that the user named, another job's blobs of the same names are not its own.
    """
    plan = submission.plan
    place = plan.outputs
    outputs = JobOutputs(place.job, all_outputs(submission.items))
    listed = list_outputs(place, outputs, storage)
    found = sum(outputs.output_of(blob.name) is not None for blob in listed)
    if found < made:
        raise TransferError(
            f"{counted(made - found, 'output')} of {made} that job {plan.job} made "
            f"{'is' if made - found == 1 else 'are'} gone from {place.address}, or another job's",
            hint="make them again as another job with --job",
        )
