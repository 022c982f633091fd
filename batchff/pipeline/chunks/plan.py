"""Plan chunks: which films of a job are cut, where, and which tasks that makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise

from batchff.ffmpeg.chunks.cuts import auto_seconds, choose_cuts, with_enough_pictures
from batchff.ffmpeg.chunks.film import CannotCut, Film, Splice
from batchff.ffmpeg.chunks.recipes import chunk_recipe, film_in
from batchff.ffmpeg.quality import without_quality
from batchff.model.inspection import StreamKind
from batchff.model.items import WHOLE_SOURCE, Cut, Item, ItemTask, NodeFile, Work
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe, RecipeOutput
from batchff.node.files import (
    CHUNKS_FOLDER,
    JOIN_SCRIPT,
    MADE_FOLDER,
    QUALITY_FILES,
    SCRIPT,
    node_input_name,
    rest_name,
)
from batchff.pipeline.chunks.names import (
    chunk_blob,
    chunks_prefix,
    film_folder,
    part_folder,
    rest_blob,
    scores_blob,
    source_blob,
)
from batchff.pipeline.chunks.open import Opener, film_of
from batchff.pipeline.job.graph import work_of
from batchff.pipeline.names import node_prefix, part_id

_TICK = 1_000_000

_MOST_JOINED = 1000
"""Chunks that a task joins: it waits for them by their ids, of which the service takes 64,000
characters. More are joined in two steps.
"""

_SEEN_WHOLE = 30.0
"""Of a longer film, the pictures of every other chunk are compared, as of one that isn't cut."""


@dataclass(frozen=True, slots=True)
class FilmCut:
    """What was decided for a film: so many `chunks`, or none, for a reason."""

    file: str
    chunks: int
    reason: str = ""


@dataclass(slots=True)
class Cutter:
    """Cuts the films of a job's items; `recipes` grows by those of their chunks.

    `seconds` is how long chunks are, None where batchff decides that by the pool, 0 for no cut.
    """

    job: str
    recipes: list[Recipe]
    seconds: float | None
    open_source: Opener
    decided: list[FilmCut] = field(default_factory=list)

    def cut(self, items: Sequence[Item], spec: PoolSpec) -> tuple[Item, ...]:
        """Return items whose long films have a task for each chunk, and one that joins them."""
        if self.seconds == 0:
            return tuple(items)
        tasks = sum(len(item.tasks) for item in items)
        slots = spec.most_nodes * spec.slots // max(tasks, 1)
        return tuple(self._cut(item, slots, spec.most_nodes) for item in items)

    def _cut(self, item: Item, slots: int, nodes: int) -> Item:
        seconds = self.seconds or auto_seconds(item.seconds, slots, nodes)
        if seconds is None or not item.tasks or (item.seconds or 0.0) < 1.5 * seconds:
            return item
        tasks: list[ItemTask] = []
        for task in item.tasks:
            if task.work is not None or task.cut != WHOLE_SOURCE:
                tasks.append(task)
                continue
            try:
                made = tuple(self._tasks(item, task, seconds))
            except CannotCut as error:
                made = (task,)
                if encodes_film(self.recipes[task.recipe], may=self.seconds is not None):
                    self.decided.append(FilmCut(item.relative, 0, str(error)))
            tasks += made
        return replace(item, tasks=tuple(tasks))

    def _tasks(self, item: Item, task: ItemTask, seconds: float) -> Iterator[ItemTask]:
        recipe = self.recipes[task.recipe]
        film_in(recipe)  # what can't be made in chunks needn't be opened
        with self.open_source(item) as source:
            film = film_of(source, item.relative, recipe)
            if self.seconds is None:
                seconds = with_enough_pictures(seconds, film)
            cuts = cuts_of(film, seconds)
            rest = film.rest()
            splices = [film.chunk(*each) for each in spans(cuts)]
        prefix = chunks_prefix(self.job, task.id)
        made = chunk_recipe(recipe, film.starts).outputs[0]
        # The sound is one long task: it comes first.
        others = self._rest(item, task, rest, prefix)
        yield others
        chunks = list(self._chunks(item, task, film, cuts, splices, made))
        yield from chunks
        joined = list(self._joined_before(item, task, chunks, made))
        yield from joined
        parts = [each.id for each in (others, *(joined or chunks))]
        yield self._join(item, task, parts, film.shown, made.suffix)
        self.decided.append(FilmCut(item.relative, len(cuts)))

    def _chunks(
        self,
        item: Item,
        task: ItemTask,
        film: Film,
        cuts: Sequence[int],
        splices: Sequence[Splice],
        made: RecipeOutput,
    ) -> Iterator[ItemTask]:
        is_long = (item.seconds or 0.0) > _SEEN_WHOLE
        is_scored = self.recipes[task.recipe].quality is not None

        @cache
        def number(*, has_end: bool, is_anchored: bool, is_seen: bool) -> int:
            recipe = chunk_recipe(
                self.recipes[task.recipe], film.starts, has_end=has_end, is_anchored=is_anchored
            )
            return self._number(recipe if is_seen else _unseen(recipe))

        fetched = node_input_name(item.relative)
        chunk = f"{MADE_FOLDER}/{made.node_name}"
        prefix = chunks_prefix(self.job, task.id)
        folders = [film_folder(prefix)] * len(splices)
        if len(splices) > _MOST_JOINED:
            folders = [
                part_folder(prefix, part)
                for part, span in enumerate(_parts(len(splices)))
                for _ in span
            ]
        times = [None, *(cut_time(film, key) for key in cuts[1:]), None]
        for at, splice in enumerate(splices):
            words = ["sh", SCRIPT, fetched, str(splice.size)]
            if splice.ends is not None:
                words[2:2] = ["-until", seconds_text(splice.ends - film.starts)]
            work = Work(
                " ".join(words),
                (NodeFile(fetched, source_blob(prefix, at)),),
                (
                    NodeFile(chunk, chunk_blob(folders[at], at, made.suffix)),
                    *([NodeFile(QUALITY_FILES, scores_blob(prefix, at))] if is_scored else []),
                ),
            )
            yield ItemTask(
                part_id(item.relative, task.id, f"{at:04d}"),
                work=work,
                recipe=number(
                    has_end=splice.ends is not None,
                    is_anchored=splice.is_anchored,
                    is_seen=not (is_long and at % 2),
                ),
                cut=Cut(times[at], times[at + 1]),
            )

    def _rest(self, item: Item, task: ItemTask, rest: Splice, prefix: str) -> ItemTask:
        output = self.recipes[task.recipe].outputs[0].node_name
        fetched = node_input_name(item.relative)
        work = Work(
            f"sh {SCRIPT} {fetched} {rest.size}",
            (NodeFile(fetched, source_blob(prefix, None)),),
            (NodeFile(f"{MADE_FOLDER}/{output}", rest_blob(prefix, rest_name(output))),),
        )
        recipe = self._number(without_quality(self.recipes[task.recipe]))
        return ItemTask(part_id(item.relative, task.id, "rest"), work=work, recipe=recipe)

    def _joined_before(
        self, item: Item, task: ItemTask, chunks: Sequence[ItemTask], made: RecipeOutput
    ) -> Iterator[ItemTask]:
        """Yield the tasks that make longer chunks of these, where there are too many for one."""
        if len(chunks) <= _MOST_JOINED:
            return
        prefix = chunks_prefix(self.job, task.id)
        for part, span in enumerate(_parts(len(chunks))):
            folder = part_folder(prefix, part)
            joined = chunk_blob(film_folder(prefix), part, made.suffix)
            work = Work(
                f"sh {JOIN_SCRIPT} -from {span.start} {len(span)} - {made.suffix} "
                f"{CHUNKS_FOLDER}/{folder}",
                (self._join_script, NodeFile(CHUNKS_FOLDER, f"{folder}/", is_folder=True)),
                (NodeFile(f"{MADE_FOLDER}/{made.node_name}", joined),),
            )
            yield ItemTask(
                part_id(item.relative, task.id, f"part-{part:02d}"),
                depends_on=tuple(chunks[at].id for at in span),
                work=work,
                recipe=chunks[span.start].recipe,
            )

    def _join(
        self, item: Item, task: ItemTask, parts: Sequence[str], pictures: int | None, suffix: str
    ) -> ItemTask:
        name = rest_name(self.recipes[task.recipe].outputs[0].node_name)
        folder = film_folder(chunks_prefix(self.job, task.id))
        # The task that joins is the one that would make the whole: by its id its outputs are found.
        work = Work(
            f"sh {JOIN_SCRIPT} {len(parts) - 1} {name} {suffix} {CHUNKS_FOLDER}/{folder}"
            f" {pictures or 0} {item.size}",
            (self._join_script, NodeFile(CHUNKS_FOLDER, f"{folder}/", is_folder=True)),
            work_of(item, task, self.recipes).sends,
        )
        return replace(task, depends_on=tuple(parts), work=work)

    @property
    def _join_script(self) -> NodeFile:
        return NodeFile(JOIN_SCRIPT, node_prefix(self.job) + JOIN_SCRIPT)

    def _number(self, recipe: Recipe) -> int:
        if recipe not in self.recipes:
            self.recipes.append(recipe)
        return self.recipes.index(recipe)


def cuts_of(film: Film, seconds: float) -> tuple[int, ...]:
    """Return the keys that chunks begin with; raise CannotCut where there would be only one."""
    cuts = choose_cuts(film.keys, film.ends, seconds)
    if len(cuts) > 1:
        return cuts
    if film.ends - film.keys[0].time < seconds * 1.5:
        raise CannotCut(f"it's too short for chunks of {seconds:g} s")
    raise CannotCut("it has no other picture that a chunk can begin with")


def _parts(chunks: int) -> list[range]:
    """Return which chunks are joined first, in near equal parts of as many as a task can join."""
    parts = -(-chunks // _MOST_JOINED)
    ends = [chunks * part // parts for part in range(parts + 1)]
    return [range(*each) for each in pairwise(ends)]


def _unseen(recipe: Recipe) -> Recipe:
    """Return a recipe whose pictures aren't compared with the source's."""
    (output,) = recipe.outputs
    promise = replace(output.promise, compare=())
    return replace(recipe, outputs=(replace(output, promise=promise),))


def encodes_film(recipe: Recipe, *, may: bool) -> bool:
    """Return whether a recipe is known to encode a film; with `may`, whether it may have one."""
    for output in recipe.outputs:
        streams = output.promise.streams
        if may and (output.is_folder or streams is None):
            return True
        films = [each for each in streams or () if each.kind is StreamKind.VIDEO]
        if any(not each.is_cover and (may or not each.is_copy) for each in films):
            return True
    return False


def spans(cuts: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    """Yield from which key to which each chunk goes; the last one goes to the end."""
    yield from pairwise(cuts)
    yield cuts[-1], None


def cut_time(film: Film, key: int) -> Decimal:
    """Return when a chunk begins, in seconds since the whole began, as plans have it."""
    return Decimal(seconds_text(film.keys[key].time - film.starts))


def seconds_text(seconds: Fraction) -> str:
    """Return seconds to the microsecond."""
    ticks = round(seconds * _TICK)
    return f"{ticks // _TICK}.{ticks % _TICK:06d}"
