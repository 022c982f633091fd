"""Report which ffmpeg a job's tasks ran: as its pool was made, or as the log of a task says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.jobs import JobStatus
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.node.files import STDERR_FILE
from batchff.node.log_tail import told_ffmpeg
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.names import log_prefix

_FIRST_LINE = 256


@dataclass(frozen=True, slots=True)
class NodesFfmpeg:
    """The ffmpeg of a job's nodes; `version` is empty while only its source is known."""

    version: str
    source: str


def report_ffmpeg(
    job: JobStatus, ended_task: str, open_storage: Callable[[], Storage]
) -> NodesFfmpeg | None:
    """Return which ffmpeg a job's nodes have; None where nothing says it.

    Storage is opened only where the job itself doesn't say the version and a task has ended, which
    `ended_task` names.
    """
    facts = job.batchff
    if facts is None:
        return None
    if not facts.ffmpeg_version and ended_task:
        blob = log_prefix(first_job_of(job), ended_task) + STDERR_FILE
        try:
            log = open_storage().read_piece(facts.output_container, blob, 0, _FIRST_LINE)
        except BatchffError:
            log = None  # the rest of the report needs no storage
        if told := told_ffmpeg((log or b"").decode("utf-8", "replace")):
            version, source = told
            # A task in a container doesn't know whose image it runs in.
            in_container = facts.ffmpeg == FfmpegSource.CONTAINER
            return NodesFfmpeg(version, facts.ffmpeg if in_container else source)
    return NodesFfmpeg(facts.ffmpeg_version, facts.ffmpeg) if facts.ffmpeg else None
