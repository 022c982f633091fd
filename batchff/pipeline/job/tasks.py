"""Make the tasks of a job as the service takes them: SAS, files to fetch and to send, limits.

A user's path is only ever a blob's name: it never enters a command line.
"""

from __future__ import annotations

from datetime import datetime

from batchff.cloud.storage import Storage
from batchff.model.items import Item, ItemTask, NodeFile, Side
from batchff.model.limits import JobLimits
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec
from batchff.node.files import PROGRESS_FILE, RECIPE_FILE, SCRIPT, STDERR_FILE, STDOUT_FILE
from batchff.pipeline.job.graph import work_of
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import log_prefix, node_prefix, recipe_blob


class TaskMaker:
    """Makes the tasks of one job: each has its own SAS to read its input, all share the rest.

    Where the pool has an identity, nodes reach blobs by that, and there is no SAS at all.

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
        self._write_url = (
            storage.url(plan.output_container)
            if plan.identity
            else storage.write_url(plan.output_container, expiry=self._expiry)
        )

    def task(self, item: Item, task: ItemTask) -> TaskSpec:
        """Return one of an item's tasks as the service takes it."""
        work = work_of(item, task, self._plan.recipes)
        logs = log_prefix(self._plan.folder, task.id)
        return TaskSpec(
            id=task.id,
            name=item.relative,
            command_line=work.command,
            resource_files=(
                *(
                    self._fetched(file.name, self._container(file), file.blob)
                    for file in work.fetches
                ),
                self._script,
                self._recipes[task.recipe],
            ),
            output_files=(
                *(self._sent(f.name, f.blob, "tasksuccess", f.content_type) for f in work.sends),
                self._sent(f"../{STDERR_FILE}", f"{logs}{STDERR_FILE}"),
                self._sent(f"../{STDOUT_FILE}", f"{logs}{STDOUT_FILE}"),
                self._sent(PROGRESS_FILE, f"{logs}{PROGRESS_FILE}"),
            ),
            time_limit=self._limits.task_timeout,
            retries=self._limits.retries,
            container_image=self._plan.container_image,
            depends_on=task.depends_on,
        )

    def _for_nodes(self, path: str, name: str) -> ResourceFile:
        """Return one of the files that the job has for all of its nodes."""
        plan = self._plan
        return self._fetched(path, plan.output_container, node_prefix(plan.folder) + name)

    def _container(self, file: NodeFile) -> str:
        plan = self._plan
        return plan.input_container if file.side is Side.INPUT else plan.output_container

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
