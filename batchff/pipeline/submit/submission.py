"""What a submit is to do: which files, how, on which pool, and where the outputs go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from batchff.errors import UsageError
from batchff.model.items import Item
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.sources import FoundMedia


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """How a submit goes about it.

    With `tidy`, each input is deleted once its outputs are downloaded. With `fail_fast`, the first
    failure ends the job.
    """

    detach: bool = False
    keep_pool: bool = False
    overwrite: bool = False
    tidy: bool = False
    fail_fast: bool = False

    def refuse_contradictions(self) -> None:
        """Raise UsageError for options that exclude each other."""
        if self.detach and (self.tidy or self.fail_fast):
            raise UsageError(
                f"{'--tidy' if self.tidy else '--fail-fast'} needs somebody to see what becomes "
                "of the job",
                hint="leave it out, or leave out --detach",
            )


@dataclass(frozen=True, slots=True)
class Submission:
    """A submit that is planned: nothing of it has been sent or made.

    `folder` is where outputs are downloaded to, `ffmpeg_container` where the nodes' ffmpeg is kept.
    """

    found: FoundMedia
    items: tuple[Item, ...]
    plan: JobPlan
    pool_spec: PoolSpec
    folder: Path
    ffmpeg_container: str
    options: SubmitOptions = SubmitOptions()
