"""What a submit is to do: which files, how, on which pool, and where the outputs go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from batchff.errors import UsageError
from batchff.model.files import Source
from batchff.model.items import WHOLE_SOURCE, Item, Output
from batchff.model.pools import PoolSpec
from batchff.pipeline.chunks.plan import FilmCut
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import input_blob
from batchff.pipeline.outputs import output_place
from batchff.pipeline.plan import InputFile
from batchff.pipeline.sources import FoundMedia
from batchff.pipeline.submit.planning.done import Earlier


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """How a submit goes about it.

    With `tidy`, each input is deleted once its outputs are downloaded. With `fail_fast`, the first
    failure ends the job. Without `downloads`, outputs stay where they are. With `again`, what
    earlier jobs made is made again.
    """

    detach: bool = False
    keep_pool: bool = False
    overwrite: bool = False
    tidy: bool = False
    fail_fast: bool = False
    downloads: bool = True
    again: bool = False

    def refuse_contradictions(self) -> None:
        """Raise UsageError for options that exclude each other."""
        if self.detach and (self.tidy or self.fail_fast):
            raise UsageError(
                f"{'--tidy' if self.tidy else '--fail-fast'} works only while the job is watched",
                hint="leave it out, or leave out --detach",
            )
        if self.tidy and not self.downloads:
            raise UsageError(
                "--tidy deletes inputs whose outputs are downloaded, and nothing is downloaded",
                hint="leave it out, or download with --out DIR",
            )


@dataclass(frozen=True, slots=True)
class Submission:
    """A submit that is planned: nothing of it has been sent or made.

    `found` is on this machine or in storage already. `folder` is where outputs are downloaded to,
    `ffmpeg_container` where the nodes' ffmpeg is kept. The files `beside` are sent with the
    sources, and the files `carried` are downloaded with the outputs. `files` say what was fitted to
    each, and `inspections` are sent with the sources. `earlier` says what earlier jobs made,
    `cuts` what was decided for long films.
    """

    found: FoundMedia | FoundBlobs
    items: tuple[Item, ...]
    plan: JobPlan
    pool_spec: PoolSpec
    folder: Path
    ffmpeg_container: str
    options: SubmitOptions = SubmitOptions()
    beside: tuple[Source, ...] = ()
    carried: tuple[Output, ...] = ()
    files: tuple[InputFile, ...] = ()
    inspections: bytes = b""
    earlier: Earlier = Earlier()
    cuts: tuple[FilmCut, ...] = ()

    @property
    def to_upload(self) -> tuple[Source, ...]:
        """The files to upload: second inputs, then the sources, the largest first.

        Those of which nothing is left to make, or that are in storage already, aren't among them.
        """
        if isinstance(self.found, FoundBlobs):
            return self.beside
        needed = {blob for item in self.items if item.tasks for blob in item.inputs}
        # So the end isn't one long task.
        files = (
            *self.beside,
            *sorted(self.found.sources, key=lambda each: each.size, reverse=True),
        )
        return tuple(
            file for file in files if input_blob(self.plan.input_set, file.relative) in needed
        )

    @property
    def earlier_places(self) -> tuple[str, ...]:
        """The addresses of the folders of earlier jobs that made outputs of this one."""
        container = self.plan.output_container
        outputs = [output for item in self.items for output in item.done_before]
        jobs = dict.fromkeys(output.blob.partition("/")[0] for output in outputs)
        return tuple(output_place(job, container).address for job in jobs)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to make, so that neither a pool nor a job is needed."""
        return not self.plan.counts.tasks

    @property
    def has_clips(self) -> bool:
        """Whether tasks are of parts of files."""
        return any(
            task.cut != WHOLE_SOURCE and task.work is None
            for item in self.items
            for task in item.tasks
        )

    @property
    def to_carry(self) -> tuple[Source, ...]:
        """The files that are sent to where the outputs will be."""
        return () if isinstance(self.found, FoundBlobs) else self.found.carried
