"""Jobs as a submit plans them, and tasks as other programs make them: neither needs media."""

from __future__ import annotations

from azure.batch import BatchClient, models

from batchff.model.items import Item, count_items
from batchff.model.limits import JobLimits
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.make import JobPlan, arguments_key
from batchff.pipeline.plan import InputFile, plan_items
from tests.recipes import preset_recipe

SPEC = PoolSpec("Standard_D2s_v5", nodes=1, spot=0, slots=4, image="auto")
RECIPES = (preset_recipe("mp3"),)


def items_of(job: str, *names: str, size: int = 1) -> tuple[Item, ...]:
    """Return the items of files of these names, whose input set is called as the job."""
    return plan_items(
        [InputFile(name, size) for name in names], input_set=job, job=job, recipes=RECIPES
    )


def plan_of(job: str, *names: str, pool: str = "", limits: JobLimits | None = None) -> JobPlan:
    """Return the plan of a job for files of these names."""
    return JobPlan(
        job=job,
        pool=pool or job,
        input_set=job,
        input_container="batchff-input",
        output_container="batchff-output",
        recipes=RECIPES,
        presets=tuple(recipe.name for recipe in RECIPES),
        counts=count_items(items_of(job, *names)),
        arguments=arguments_key(RECIPES),
        inputs="fingerprint",
        limits=limits or JobLimits(),
    )


def add_tasks(service: BatchClient, job: str, **command_lines: str) -> None:
    """Add tasks that run these command lines, by their ids; their names are `<id>.mp4`."""
    tasks = [
        models.BatchTaskCreateOptions(id=name, display_name=f"{name}.mp4", command_line=line)
        for name, line in command_lines.items()
    ]
    service.create_task_collection(job, models.BatchTaskGroup(task_values=tasks))
