"""What batchff writes into a job's metadata: ids, counts, hashes and places; no text of a file.

The service takes 8 KB of ASCII there. What doesn't fit lies in the job's plan blob.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from batchff.model.limits import JobLimits
from batchff.model.stamp import is_ours, stamp, stamped_fact


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What is known of a job that batchff made, wherever it's met.

    `files`, `tasks` and `outputs` are how many are planned, and `folders` how many of the outputs
    are folders, and `timed` how many get their source's time; `not_encoded` counts the files that
    can't be encoded, and `lacking` those whose outputs lack something of their source. `done`
    counts the files that earlier jobs encoded, `done_outputs` the outputs of theirs that belong to
    this job too. `asked_for` is what the user asked for, in short; no secret is in it. `arguments`,
    `naming` and `plan` are hashes: of the recipes, of how outputs are called, of the plan blob.
    `inputs` is the fingerprint of the sources. A job that encodes again what failed in another has
    that one's id as `first_job`. `user` is a mark of who made it, as `user_mark` gives it.
    `vm_size`, `slots` and what is said of ffmpeg are its pool's. `source` and `to` are places in
    storage as the user gave them, without a SAS: where the sources are, if they weren't uploaded,
    and where outputs go, if not to the output container. With a `source` there is no input set.
    """

    preset: str = ""
    arguments: str = ""
    asked_for: str = ""
    naming: str = ""
    input_set: str = ""
    input_container: str = ""
    output_container: str = ""
    source: str = ""
    to: str = ""
    inputs: str = ""
    files: int = 0
    tasks: int = 0
    outputs: int = 0
    not_encoded: int = 0
    folders: int = 0
    timed: int = 0
    lacking: int = 0
    done: int = 0
    done_outputs: int = 0
    plan: str = ""
    first_job: str = ""
    user: str = ""
    vm_size: str = ""
    slots: int = 0
    ffmpeg: str = ""
    ffmpeg_version: str = ""
    limits: JobLimits = field(default_factory=JobLimits)

    def metadata(self) -> dict[str, str]:
        """Return the facts as metadata, stamped; what is empty is left out."""
        named = {name: getattr(self, name) for name in (*_TEXTS, *_COUNTS)}
        return stamp(**{name: str(value) for name, value in named.items() if value}, **self._life())

    def _life(self) -> dict[str, str]:
        return {
            "task_timeout": str(int(self.limits.task_timeout.total_seconds())),
            "retries": str(self.limits.retries),
            "queue_time": str(int(self.limits.queue_time.total_seconds())),
            "priority": str(self.limits.priority),
        }


_COUNTS = tuple(each.name for each in fields(JobFacts) if each.type == "int")
_TEXTS = tuple(each.name for each in fields(JobFacts) if each.type == "str")


def read_job_facts(metadata: Mapping[str, str]) -> JobFacts | None:
    """Return the facts in a job's metadata; None where batchff didn't make the job.

    Somebody may have changed the metadata: a number that isn't one counts as missing.
    """
    if not is_ours(metadata):
        return None
    usual = JobLimits()
    texts = {name: stamped_fact(metadata, name) or "" for name in _TEXTS}
    counts = {name: _number(metadata, name, 0) for name in _COUNTS}
    limits = JobLimits(
        task_timeout=_seconds(metadata, "task_timeout", usual.task_timeout),
        retries=_number(metadata, "retries", usual.retries),
        queue_time=_seconds(metadata, "queue_time", usual.queue_time),
        priority=_number(metadata, "priority", usual.priority),
    )
    return JobFacts(**texts, **counts, limits=limits)  # type: ignore[arg-type]


def _number(metadata: Mapping[str, str], name: str, otherwise: int) -> int:
    try:
        return int(stamped_fact(metadata, name) or otherwise)
    except ValueError:
        return otherwise


def _seconds(metadata: Mapping[str, str], name: str, otherwise: timedelta) -> timedelta:
    return timedelta(seconds=_number(metadata, name, int(otherwise.total_seconds())))
