"""What is done is not done again: which outputs of a submit an earlier job made.

A verdict beside the outputs says what they were made from. It's found by the name of the source's
folder, and it counts by content: so it's found from another machine too, and for a file that was
renamed. A verdict whose outputs are gone, or were replaced, counts for nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.files import BlobInfo
from batchff.model.items import Cut, Item, ItemTask, Output
from batchff.node.files import node_input_name
from batchff.pipeline.fingerprints import (
    VERDICTS,
    Verdict,
    file_hash,
    made_by,
    read_verdict,
    size_of,
)
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.job.plan_blob import fetch_plan
from batchff.pipeline.names import media_prefix, place_name, set_label
from batchff.pipeline.outputs import shown_by
from batchff.pipeline.parallel import Done, StopFlag, in_parallel


class Why(StrEnum):
    """Why something is made, though earlier jobs made much."""

    NEW = "new"
    CHANGED = "changed source"
    ARGUMENTS = "other arguments"
    FFMPEG = "other ffmpeg"
    GONE = "outputs gone"
    ASKED = "asked for"
    """With `--again`, nobody looks for what was made before."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier jobs made: the outputs of tasks, by their ids. The others run for a reason.

    `jobs` are the ids of those that made them. `former` are the outputs, by their paths, that were
    made in the same way of a source that has changed since: the new ones take their places.
    """

    made: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)
    reasons: Mapping[str, Why] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    former: Mapping[str, tuple[BlobInfo, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks run for each reason."""
        found = Counter(self.reasons.values())
        return {why.value: found[why] for why in Why if found[why]}


Contents = Callable[[Item], str]
"""Returns what an item's tasks read, as `fingerprints.content_of`; empty where it isn't known."""


def all_again(items: Iterable[Item]) -> Earlier:
    """Return that nothing counts as made."""
    return Earlier(reasons={task.id: Why.ASKED for item in items for task in item.tasks})


def find_earlier(
    items: Iterable[Item], plan: JobPlan, contents: Contents, storage: Storage
) -> Earlier:
    """Return what earlier jobs made of these items with this plan's recipes and its ffmpeg."""
    search = _Search(plan, contents, storage)
    search.look_at(items)
    return search.result()


def without_made(items: Iterable[Item], earlier: Earlier) -> tuple[Item, ...]:
    """Return items without the tasks whose outputs are there; these are where they were made."""
    return tuple(_without_made(item, earlier.made) for item in items)


def _without_made(item: Item, made: Mapping[str, tuple[Output, ...]]) -> Item:
    found = {
        place: there.blob
        for task in item.tasks
        for place, there in zip(task.makes, made.get(task.id, ()), strict=False)
    }
    if not found:
        return item
    return replace(
        item,
        outputs=tuple(
            replace(output, blob=found.get(place, output.blob))
            for place, output in enumerate(item.outputs)
        ),
        tasks=tuple(task for task in item.tasks if task.id not in made),
        done=tuple(sorted(found)),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A task, and the hashes of what it's made by and of its file."""

    item: Item
    task: ItemTask
    made_by: str
    file: str


class _Search:
    """One search for the outputs of a plan's tasks."""

    def __init__(self, plan: JobPlan, contents: Contents, storage: Storage) -> None:
        self._plan = plan
        self._contents = contents
        self._storage = storage
        self._wanted: list[_Wanted] = []
        self._by_maker: dict[str, list[Verdict]] = defaultdict(list)
        self._by_file: dict[str, list[Verdict]] = defaultdict(list)
        self._content: dict[str, str] = {}

    def look_at(self, items: Iterable[Item]) -> None:
        """Take the items, and read what can matter of their sources."""
        self._list_verdicts()
        makers: dict[tuple[int, Cut, tuple[str, ...]], str] = {}
        for item in items:
            for task in item.tasks:
                names = (node_input_name(item.relative), *(file.name for file in item.beside))
                key = (task.recipe, task.cut, names)
                if key not in makers:
                    makers[key] = made_by(item, task, self._plan.recipes)
                self._wanted.append(_Wanted(item, task, makers[key], file_hash(item.relative)))
        # A source of another size is another source: it need not be read to know that.
        like = {
            each.item.relative: each.item
            for each in self._wanted
            if any(size_of(verdict.content) == each.item.size for verdict in self._known(each))
        }
        for outcome in in_parallel(self._read, like.values()):
            if isinstance(outcome, Done):
                self._content[outcome.item.relative] = outcome.result

    def result(self) -> Earlier:
        """Return what was made before, and why the rest is made."""
        candidates = {each.task.id: tuple(self._same(each)) for each in self._wanted}
        uses = Counter(verdict.job for found in candidates.values() for verdict in found)
        folders = self._load(candidates, [job for job, _ in uses.most_common()])
        made: dict[str, tuple[Output, ...]] = {}
        jobs: dict[str, None] = {}
        reasons: dict[str, Why] = {}
        for each in self._wanted:
            found = sorted(candidates[each.task.id], key=lambda verdict: -uses[verdict.job])
            for verdict in found:
                there = folders[verdict.job].outputs_of(verdict)
                if _are_like(there, each.item.made_by(each.task)):
                    made[each.task.id] = there
                    jobs[verdict.job] = None
                    break
            else:
                reasons[each.task.id] = self._why(each, is_gone=bool(found))
        return Earlier(made, reasons, tuple(jobs), self._former(reasons))

    def _former(self, reasons: Mapping[str, Why]) -> dict[str, tuple[BlobInfo, ...]]:
        """Return what was made in the same way of sources that have changed."""
        changed = [each for each in self._wanted if reasons.get(each.task.id) is Why.CHANGED]
        verdicts = {
            each.task.id: tuple(
                verdict
                for verdict in self._by_file.get(each.file, ())
                if verdict.made_by == each.made_by
            )
            for each in changed
        }
        jobs = dict.fromkeys(verdict.job for found in verdicts.values() for verdict in found)
        folders = self._load(verdicts, jobs)
        former: dict[str, tuple[BlobInfo, ...]] = {}
        for each in changed:
            outputs = each.item.made_by(each.task)
            for verdict in verdicts[each.task.id]:
                folder = folders[verdict.job]
                there = folder.outputs_of(verdict)
                for output, earlier in zip(outputs, there, strict=False):
                    if not earlier.is_folder:
                        known = former.get(output.relative, ())
                        former[output.relative] = (*known, folder.blobs[earlier.blob])
        return former

    def _list_verdicts(self) -> None:
        plan = self._plan
        name = plan.input_set or (place_name(plan.source) if plan.source else "")
        prefix = f"{VERDICTS}{set_label(name)}/"
        for blob in self._storage.list_blobs(plan.output_container, prefix):
            verdict = read_verdict(blob.name)
            if verdict is not None:
                self._by_maker[verdict.made_by].append(verdict)
                self._by_file[verdict.file].append(verdict)

    def _known(self, wanted: _Wanted) -> Iterator[Verdict]:
        yield from self._by_maker.get(wanted.made_by, ())
        yield from self._by_file.get(wanted.file, ())

    def _read(self, item: Item, _stop: StopFlag) -> str:
        return self._contents(item)

    def _same(self, wanted: _Wanted) -> Iterator[Verdict]:
        """Yield the verdicts on the same content, made in the same way."""
        content = self._content.get(wanted.item.relative)
        for verdict in self._by_maker.get(wanted.made_by, ()) if content else ():
            if verdict.content == content and verdict.ffmpeg == self._plan.ffmpeg:
                yield verdict

    def _load(
        self, candidates: Mapping[str, Iterable[Verdict]], jobs: Iterable[str]
    ) -> dict[str, _JobFolder]:
        """Read the folders of jobs: what of the outputs that matter is still there."""
        tasks: dict[str, set[str]] = defaultdict(set)
        for found in candidates.values():
            for verdict in found:
                tasks[verdict.job].add(verdict.task)
        container, storage = self._plan.output_container, self._storage

        def load(job: str, _stop: StopFlag) -> _JobFolder:
            return _load_folder(job, tasks[job], container, storage)

        loaded = {}
        for outcome in in_parallel(load, jobs):
            if not isinstance(outcome, Done):
                raise outcome.error
            loaded[outcome.item] = outcome.result
        return loaded

    def _why(self, wanted: _Wanted, *, is_gone: bool) -> Why:
        if is_gone:
            return Why.GONE
        content = self._content.get(wanted.item.relative)
        makers = self._by_maker.get(wanted.made_by, ())
        if content and any(verdict.content == content for verdict in makers):
            return Why.FFMPEG
        on_file = self._by_file.get(wanted.file, ())
        if content and any(verdict.content == content for verdict in on_file):
            return Why.ARGUMENTS
        return Why.CHANGED if on_file else Why.NEW


@dataclass(frozen=True, slots=True)
class _JobFolder:
    """The outputs of some tasks of a job, and those of their blobs that are there."""

    outputs: Mapping[str, tuple[Output, ...]]
    blobs: Mapping[str, BlobInfo]

    def outputs_of(self, verdict: Verdict) -> tuple[Output, ...]:
        """Return the outputs that a verdict is on; none where not all are there as they were."""
        outputs = self.outputs.get(verdict.task, ())
        for output in outputs:
            blob = self.blobs.get(shown_by(output))
            # A job made anew, with the same id, may have put others there.
            if blob is None or blob.batchff is None or blob.batchff.made != verdict.made:
                return ()
        return outputs


def _load_folder(job: str, tasks: set[str], container: str, storage: Storage) -> _JobFolder:
    try:
        items = fetch_plan(job, container, storage)
    except NotFoundError:
        return _JobFolder({}, {})
    outputs = {
        task.id: item.made_by(task) for item in items for task in item.tasks if task.id in tasks
    }
    names = {shown_by(output) for made in outputs.values() for output in made}
    listing = storage.list_blobs(container, media_prefix(job), metadata=True)
    return _JobFolder(outputs, {blob.name: blob for blob in listing if blob.name in names})


def _are_like(there: tuple[Output, ...], wanted: tuple[Output, ...]) -> bool:
    return bool(wanted) and [each.is_folder for each in there] == [
        each.is_folder for each in wanted
    ]
