"""What the end of a submit or a watch says of the qualities that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchff.console.words.quality import range_words
from batchff.errors import BatchffError

if TYPE_CHECKING:
    from batchff.cloud.storage import Storage
    from batchff.model.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Measured:
    """Between which qualities a job's outputs are, in words, and how large the kept sources are."""

    words: str = ""
    kept_bytes: int = 0


NOTHING_MEASURED = Measured()


def measured_of(
    first: str, container: str, recipes: Sequence[Recipe], storage: Storage
) -> Measured:
    """Return what nodes measured of a job's films; nothing where nothing was asked for."""
    from batchff.pipeline.report.quality import qualities_of

    try:
        found = qualities_of(first, container, recipes, storage)
    except BatchffError:
        return NOTHING_MEASURED  # it's known what became of the job, and that is said
    return Measured(
        range_words(each.quality for each in found if each.quality and not each.kept),
        sum(each.kept.source_bytes for each in found if each.kept),
    )
