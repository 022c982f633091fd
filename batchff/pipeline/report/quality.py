"""Report what nodes measured of a job's films, where a quality or a smaller size was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.measured import KeptSource, MeasuredQuality
from batchff.model.recipes import Recipe
from batchff.node.proof import kept_source, measured_quality
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.report.gather import proofs_of


@dataclass(frozen=True, slots=True)
class FileQuality:
    """What a node measured of a file's output, and whether the source is kept."""

    file: str
    quality: MeasuredQuality | None
    kept: KeptSource | None


def qualities_of(
    first: str, container: str, recipes: Sequence[Recipe], storage: Storage
) -> tuple[FileQuality, ...]:
    """Return what was measured so far of a job's files; nothing where nothing was asked for.

    `first` is the job, or the first one of its family; its plan is in the container.
    """
    if not any(recipe.quality or recipe.smaller_by is not None for recipe in recipes):
        return ()
    try:
        items = fetch_plan(first, container, storage)
    except NotFoundError:
        return ()
    proofs = proofs_of(items, recipes, first, container, storage)
    found = (
        FileQuality(item.relative, measured_quality(proof), kept_source(proof))
        for item in items
        for task in item.tasks
        if (proof := proofs.get(task.id, ""))
    )
    return tuple(
        sorted((each for each in found if each.quality or each.kept), key=lambda each: each.file)
    )
