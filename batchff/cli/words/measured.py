"""What the end of a submit or a watch says of the qualities that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.console.words.quality import range_words
from batchff.errors import BatchffError

if TYPE_CHECKING:
    from batchff.cloud.storage import Storage
    from batchff.model.recipes import Recipe


def measured_words(first: str, container: str, recipes: Sequence[Recipe], storage: Storage) -> str:
    """Return between which qualities a job's films are; nothing where none was asked for."""
    from batchff.pipeline.report.quality import qualities_of

    if not any(recipe.quality for recipe in recipes):
        return ""
    try:
        found = qualities_of(first, container, recipes, storage)
    except BatchffError:
        return ""  # it's known what became of the job, and that is said
    return range_words(each.quality for each in found if each.quality)
