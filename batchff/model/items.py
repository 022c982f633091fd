"""What becomes of each source in a job: its tasks and its outputs.

A file is not a task is not an output: an item is one source, with one task or many, each of which
makes any number of the item's outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """Which of a job's containers a blob is in.

    Outputs are in the output container, too, unless the user named another place for these results.
    """

    INPUT = "input"
    OUTPUT = "output"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A blob, and the plain name of its file in a task's working directory.

    A file to send may be a pattern with wildcards; `blob` is then what the blobs' names begin with.
    So it is where what's fetched `is_folder`: each blob goes below `name`, by its whole name.
    `content_type` is what the blob is sent as, the service's usual where it's empty.
    """

    name: str
    blob: str
    side: Side = Side.OUTPUT
    content_type: str = ""
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a task runs: `command` is plain words, none of them the user's.

    It fetches files before that, beside the job's own scripts. It sends files after that if it
    succeeded: these are the outputs that the task makes, or what a later task of the item fetches.
    """

    command: str
    fetches: tuple[NodeFile, ...] = ()
    sends: tuple[NodeFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a source by time: seconds from its beginning, None for its beginning or its end."""

    start: Decimal | None = None
    end: Decimal | None = None

    @property
    def label(self) -> str:
        """The part as outputs' names have it, as in 1m10s-1m40s; empty for the whole."""
        if self == WHOLE_SOURCE:
            return ""
        end = "end" if self.end is None else _clock(self.end)
        return f"{_clock(self.start or Decimal(0))}-{end}"


WHOLE_SOURCE = Cut()
_LITTLE = 1.0


def _clock(seconds: Decimal) -> str:
    whole, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(whole), 60)
    parts = [f"{hours}h"] if hours else []
    parts += [f"{minutes}m"] if minutes else []
    parts += [f"{rest.normalize():f}s"] if rest or not parts else []
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class ItemTask:
    """One run on a node for an item.

    `makes` are indexes into the item's `outputs`. It starts when the tasks `depends_on`, all of the
    same item, have succeeded; one that joins chunks, when these have ended. Without `work` it makes
    of the whole source what the job's recipe of number `recipe` says; it makes that one's outputs,
    in their order. With a `cut`, it makes them of that part of the source.
    """

    id: str
    makes: tuple[int, ...] = ()
    depends_on: tuple[str, ...] = ()
    work: Work | None = None
    recipe: int = 0
    cut: Cut = WHOLE_SOURCE


@dataclass(frozen=True, slots=True)
class Output:
    """One output that is downloaded: its path below the output folder, and its blob.

    An output that `is_folder` has many blobs, whose names begin with this one and a slash, and a
    manifest beside them that names those that are in it. With `modified_ns`, its files get that
    time of modification, in nanoseconds since the epoch.
    """

    relative: str
    blob: str
    is_folder: bool = False
    modified_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A second input of an item: its plain name on the node, its blob, its size in bytes."""

    name: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Item:
    """One source in a job, with all that becomes of it.

    `relative` is the source's path with `/` between the parts, `size` is in bytes. An item that
    isn't encoded, or not in all ways that were asked for, says why in `not_encoded`; without a task
    nothing is made of it. Of one that `is_salvageable`, --salvage makes something. The files
    `beside` are on the node with the source. `lacks` says what of the source isn't in the outputs.
    `done` are indexes of the outputs that an earlier job made: no task makes them, and they are in
    that one's folder. `content` identifies what its tasks read, once that is known. `seconds` is
    the source's duration, None where it isn't known.
    """

    relative: str
    size: int
    input_blob: str
    outputs: tuple[Output, ...] = ()
    tasks: tuple[ItemTask, ...] = ()
    not_encoded: str = ""
    is_salvageable: bool = False
    beside: tuple[Beside, ...] = ()
    lacks: tuple[str, ...] = ()
    done: tuple[int, ...] = ()
    content: str = ""
    seconds: float | None = None

    @property
    def inputs(self) -> frozenset[str]:
        """The blobs that its tasks read: the source, and the files beside it."""
        return frozenset((self.input_blob, *(file.blob for file in self.beside)))

    def seconds_of(self, task: ItemTask) -> float | None:
        """Return how many seconds of the source's film one of its tasks encodes, where known.

        To join chunks, or to encode all but the film, is little beside that: it counts as a second.
        """
        if task.work is not None and task.cut == WHOLE_SOURCE:
            return _LITTLE
        start = float(task.cut.start or 0)
        if task.cut.end is not None:
            return max(float(task.cut.end) - start, 0.0)
        return None if self.seconds is None else max(self.seconds - start, 0.0)

    def part_of(self, task: ItemTask) -> str:
        """Say what of a film that is cut a task is for: `chunk 3 of 12`; empty where it's whole."""
        if task.work is None:
            return ""
        if task.depends_on:
            return "joining"
        chunks = [each.id for each in self.tasks if each.work and each.cut != WHOLE_SOURCE]
        if task.id not in chunks:
            return "sound"
        return f"chunk {chunks.index(task.id) + 1} of {len(chunks)}"

    def made_by(self, task: ItemTask) -> tuple[Output, ...]:
        """Return the outputs that one of the item's tasks makes."""
        return tuple(self.outputs[place] for place in task.makes)

    @property
    def to_make(self) -> tuple[Output, ...]:
        """The outputs that this job is to make."""
        return tuple(each for place, each in enumerate(self.outputs) if place not in self.done)

    @property
    def done_before(self) -> tuple[Output, ...]:
        """The outputs that an earlier job made."""
        return tuple(self.outputs[place] for place in self.done)


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many files a job has, and how many tasks and outputs are planned for them.

    `files` counts those that are to be encoded, `not_encoded` those that aren't, or not in all ways
    that were asked for. `folders` counts the outputs that are folders, `timed` those that get their
    source's time. `lacking` counts the files whose outputs lack something of their source. `done`
    counts the files that earlier jobs encoded, and `done_outputs` all outputs of theirs.
    """

    files: int
    tasks: int
    outputs: int
    not_encoded: int = 0
    folders: int = 0
    timed: int = 0
    lacking: int = 0
    done: int = 0
    done_outputs: int = 0


def count_items(items: tuple[Item, ...]) -> ItemCounts:
    """Count files, tasks and outputs."""
    outputs = [output for item in items if item.tasks for output in item.to_make]
    all_outputs = [*outputs, *(output for item in items for output in item.done_before)]
    return ItemCounts(
        files=sum(bool(item.tasks) for item in items),
        tasks=sum(len(item.tasks) for item in items),
        outputs=len(outputs),
        not_encoded=sum(bool(item.not_encoded) or not (item.tasks or item.done) for item in items),
        folders=sum(output.is_folder for output in all_outputs),
        timed=sum(output.modified_ns is not None for output in all_outputs),
        lacking=sum(bool(item.lacks) for item in items if item.tasks),
        done=sum(bool(item.done) and not item.tasks for item in items),
        done_outputs=sum(len(item.done) for item in items),
    )
