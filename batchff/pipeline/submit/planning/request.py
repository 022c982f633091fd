"""What a user asks of a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from batchff.ffmpeg.fit import Maker
from batchff.ffmpeg.fit.line import line_text
from batchff.model.items import Item
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.default_folder import DefaultFolder, default_folder
from batchff.pipeline.job.make import arguments_key
from batchff.pipeline.names import checked_id, job_name, joined_names
from batchff.pipeline.output_names import Naming
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.submit.planning.asked_for import in_short
from batchff.pipeline.submit.planning.fitting import Fitting


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a user asks of a job, whatever files it's for.

    `job` and `pool` are ids that the user gave, or empty. `asked` are the fields of `pool_spec`
    that the user's own flags give: a pool that exists must have these. `to` is where outputs go, if
    not to the job's own folder. The `makers` fit the recipes to each file; where there are none,
    each file gets the recipes as they are. `language` is the one to hear.
    """

    recipes: tuple[Recipe, ...]
    limits: JobLimits
    pool_spec: PoolSpec
    input_container: str
    output_container: str
    ffmpeg_container: str
    asked: frozenset[str] = frozenset()
    job: str = ""
    pool: str = ""
    naming: Naming = Naming()
    to: BlobPlace | None = None
    keep_times: bool = False
    beside: tuple[str, ...] = ()
    """The patterns of second inputs."""
    makers: tuple[Maker, ...] = ()
    language: str = ""
    salvage: bool = False
    chunk: float | None = None
    """How long the chunks of a film are, in seconds: None where batchff decides, 0 for none."""
    command: str = ""
    """The line that the user gave, without its secrets."""

    def job_for(self, input_set: str, inputs: str) -> str:
        """Return the job's id: the one that the user gave, or one made of what it does.

        Chunks that are asked for belong to it, so that who asks for others gets another job: it
        encodes what failed in the first one's chunks, and nothing of what is done.
        """
        names = self.naming.key + (f" {self.to.written}" if self.to else "")
        names += "" if self.chunk is None else f" chunks of {self.chunk:g} s"
        return self.job or job_name(input_set, inputs, self.recipes, names + self._manner)

    @property
    def arguments(self) -> str:
        """Return a hash of what is asked of ffmpeg."""
        return arguments_key(self.recipes, self._manner)

    @property
    def asked_for(self) -> str:
        """Return what the user asked for, in one line of ASCII for lists of jobs."""
        made = [maker.asked_for for maker in self.makers] or map(line_text, self.recipes)
        return in_short(" + ".join(made))

    def default_folder(self, source: str) -> DefaultFolder:
        """Return where outputs go by default; `source` is an input set or a place's name."""
        presets = joined_names(recipe.name for recipe in self.recipes)
        return default_folder(source, presets, self.arguments, self.naming.key)

    def items(
        self,
        files: Iterable[InputFile],
        recipes: Sequence[Recipe],
        *,
        job: str,
        input_set: str = "",
        read_below: str | None = None,
    ) -> tuple[Item, ...]:
        """Name all that becomes of files; raises as `plan_items` does.

        `recipes` are those that fit the files.
        """
        return plan_items(
            files,
            input_set=input_set,
            job=job,
            recipes=recipes,
            presets=self.recipes,
            naming=self.naming,
            read_below=read_below,
            write_below=self.to.below if self.to else None,
        )

    def fitting(self) -> Fitting:
        """Return what fits the recipes to files."""
        return Fitting(self.recipes, self.makers, self.language, self.salvage)

    @property
    def _manner(self) -> str:
        return f"{self.language and ' audio ' + self.language}{' salvage' if self.salvage else ''}"

    def __post_init__(self) -> None:
        """Raise UsageError for ids that the service can't take."""
        for option, name in (("--job", self.job), ("--pool", self.pool)):
            if name:
                checked_id(name, option)
