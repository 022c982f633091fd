"""Make the tasks of a job as the service takes them: SAS, files to fetch and to send, limits.

A user's path is only ever a blob's name: it never enters a command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from batchff.cloud.storage import Storage
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Item, ItemTask, NodeFile, Side
from batchff.model.limits import JobLimits
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec
from batchff.node.files import (
    DONE_FILE,
    PROGRESS_FILE,
    PROOF_FILES,
    RECIPE_FILE,
    SCRIPT,
    STDERR_FILE,
    STDOUT_FILE,
    TOLD_FILES,
)
from batchff.pipeline.fingerprints import Verdict, verdict_of
from batchff.pipeline.job.graph import is_joined, work_of
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import (
    log_prefix,
    node_prefix,
    place_name,
    recipe_blob,
    told_prefix,
)


class TaskMaker:
    """Makes the tasks of one job: each has its own SAS to read its input, all share the rest.

    Where the pool has an identity, nodes reach blobs by that, and there is no SAS at all but one
    that was given with the sources.

    `limits` and `created` are the existing job's own: no SAS ends before the job can.
    """

    def __init__(
        self, plan: JobPlan, storage: Storage, limits: JobLimits, created: datetime
    ) -> None:
        self._plan = plan
        self._storage = storage
        self._limits = limits
        self._expiry = limits.sas_expiry(created)
        self._script = self._for_nodes(SCRIPT, SCRIPT)
        self._recipes = tuple(
            self._for_nodes(RECIPE_FILE, recipe_blob(number)) for number in range(len(plan.recipes))
        )
        self._write_url = self._url_to_write(plan.output_container)
        self._result_url = self._write_url
        if plan.to is not None:
            self._result_url = self._url_to_write(plan.to.container)

    def task(self, item: Item, task: ItemTask) -> TaskSpec:
        """Return one of an item's tasks as the service takes it."""
        work = work_of(item, task, self._plan.recipes)
        verdict = self._verdict(item, task)
        stamp = self._stamp(verdict)
        logs = log_prefix(self._plan.folder, task.id)
        return TaskSpec(
            id=task.id,
            name=item.relative,
            command_line=work.command,
            resource_files=(
                *map(self._fetched_first, work.fetches),
                self._script,
                self._recipes[task.recipe],
            ),
            output_files=(
                *(self._made(file, stamp) for file in work.sends),
                *([self._told(verdict, stamp)] if verdict else []),
                self._sent(f"../{STDERR_FILE}", f"{logs}{STDERR_FILE}"),
                self._sent(f"../{STDOUT_FILE}", f"{logs}{STDOUT_FILE}"),
                self._sent(PROGRESS_FILE, f"{logs}{PROGRESS_FILE}"),
                # By patterns, as files that aren't there would be failures.
                self._sent(PROOF_FILES, logs.rstrip("/")),
                self._sent(TOLD_FILES, f"{told_prefix(self._plan.folder)}{task.id}", "tasksuccess"),
            ),
            time_limit=self._limits.task_timeout,
            retries=self._limits.retries,
            container_image=self._plan.container_image,
            depends_on=task.depends_on,
            # Whoever joins parts looks which are there, and says what is missing.
            satisfies_dependents=is_joined(item, task),
        )

    def _for_nodes(self, path: str, name: str) -> ResourceFile:
        """Return one of the files that the job has for all of its nodes."""
        plan = self._plan
        return self._fetched(path, plan.output_container, node_prefix(plan.folder) + name)

    def _url_to_write(self, container: str) -> str:
        if self._plan.identity:
            return self._storage.url(container)
        return self._storage.write_url(container, expiry=self._expiry)

    def _fetched_first(self, file: NodeFile) -> ResourceFile:
        """Return what the task fetches before it runs; a source where it is."""
        plan = self._plan
        if file.side is not Side.INPUT:
            is_result = file.side is Side.RESULT
            container = plan.to.container if plan.to and is_result else plan.output_container
        elif plan.source is None:
            container = plan.input_container
        elif plan.source.endpoint:
            return ResourceFile(file.name, plan.source.url(file.blob))
        else:
            container = plan.source.container
        if file.is_folder:
            return self._all_below(file.name, container, file.blob)
        return self._fetched(file.name, container, file.blob)

    def _all_below(self, path: str, container: str, prefix: str) -> ResourceFile:
        """Return all blobs whose names begin so: one address for any number of them."""
        identity = self._plan.identity
        if identity:
            return ResourceFile(path, self._storage.url(container), identity, prefix)
        url = self._storage.read_container_url(container, expiry=self._expiry)
        return ResourceFile(path, url, prefix=prefix)

    def _verdict(self, item: Item, task: ItemTask) -> Verdict | None:
        """Return the verdict that a task leaves; none where nobody would look for its outputs."""
        plan = self._plan
        makes_none = task.work is not None and not task.makes
        if plan.to is not None or makes_none or not item.content or not plan.ffmpeg:
            return None
        name = plan.input_set or (place_name(plan.source) if plan.source else "")
        return verdict_of(item, task, plan.recipes, name, plan.ffmpeg, plan.folder)

    def _stamp(self, verdict: Verdict | None) -> Mapping[str, str]:
        """Return the metadata of a task's outputs."""
        if self._plan.to is not None:
            # By this stamp the job knows its own blobs among those of others.
            return BlobFacts(self._plan.folder, is_output=True).metadata()
        return BlobFacts(self._plan.folder, made=verdict.made).metadata() if verdict else {}

    def _told(self, verdict: Verdict, stamp: Mapping[str, str]) -> OutputFile:
        """Return the verdict as the task sends it, if it succeeded."""
        return replace(self._sent(DONE_FILE, verdict.blob, "tasksuccess"), metadata=stamp)

    def _made(self, file: NodeFile, stamp: Mapping[str, str]) -> OutputFile:
        """Return what the task sends if it succeeded: an output, or a part for a later task."""
        sent = self._sent(file.name, file.blob, "tasksuccess", file.content_type)
        if file.side is not Side.RESULT:
            return sent
        return replace(sent, container_url=self._result_url, metadata=stamp)

    def _fetched(self, path: str, container: str, blob: str) -> ResourceFile:
        identity = self._plan.identity
        if identity:
            return ResourceFile(path, self._storage.url(container, blob), identity)
        return ResourceFile(path, self._storage.read_url(container, blob, expiry=self._expiry))

    def _sent(
        self,
        pattern: str,
        blob: str,
        condition: str = "taskcompletion",
        content_type: str = "text/plain",
    ) -> OutputFile:
        url, identity = self._write_url, self._plan.identity
        return OutputFile(pattern, blob, condition, url, identity, content_type)
