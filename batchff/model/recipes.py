"""What ffmpeg makes of a source: the runs, one after the other, and the outputs that they leave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from batchff.model.inspection import StreamKind

_BESIDE = re.compile(r"\{with:(\d{1,9})\}")

WHOLE = "."
"""The node name of a folder output that is all that the runs make."""


class Count(StrEnum):
    """How many streams of a kind an output has."""

    NONE = "none"
    ONE = "one"
    ONE_IF_ANY = "one if any"
    """One where the source has one, else none."""
    ALL = "all"
    """As many as the source has."""
    ANY = "any"
    """Nothing is promised."""


@dataclass(frozen=True, slots=True)
class PromisedStream:
    """A stream that an output must have.

    `source` is the index of the source's stream that it's made of, None where it's made of several
    or where that isn't known. With `is_copy`, it isn't encoded. A video stream that `is_cover` is a
    picture that belongs to the file. `channels` is how many a sound has,
    `transfer` is ffmpeg's name of the curve that a picture's colours must be tagged with; None and
    empty where nothing is promised of them.
    """

    kind: StreamKind
    source: int | None = None
    is_copy: bool = False
    channels: int | None = None
    transfer: str = ""
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of an output; the node compares it with the source.

    With `duration`, it's as long as the source. `width` and `height` are in pixels, None where
    nothing is promised of them. With `frames`, it has as many pictures as the source, at the same
    times, or `off_by` so many seconds at most. With `decodes`, it can be decoded from its first
    frame to its last. `compare` names what must be like the source's: its `pictures`, their
    `levels`, its `sound`; a sound is `exact` if its encoder puts nothing before it. `streams` are
    those that it must have, in its own order, once they are chosen from a source; None before that.
    """

    video: Count = Count.ANY
    audio: Count = Count.ANY
    subtitles: Count = Count.ANY
    duration: bool = False
    frames: bool = False
    off_by: float = 0.0
    width: int | None = None
    height: int | None = None
    decodes: bool = True
    compare: tuple[str, ...] = ()
    streams: tuple[PromisedStream, ...] | None = None


@dataclass(frozen=True, slots=True)
class RecipeOutput:
    """One output of a recipe: a file, or a folder of files.

    `node_name` is what the runs call it, below their working directory: plain words. `name` differs
    from those of the recipe's other outputs; the only one has none. `suffix` is that of the file on
    the user's machine, and is empty for a folder. `suffixes` are those of the files in a folder,
    for their content types; files of others are outputs all the same.
    """

    node_name: str
    suffix: str = ""
    name: str = ""
    is_folder: bool = False
    suffixes: tuple[str, ...] = ()
    promise: Promise = field(default_factory=Promise)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of ffmpeg.

    In an argument, `{input}` is the source, `{with:N}` the file beside it with that number, and
    `{measured:NAME}` a value that an earlier run measured: that one `measures` it, as `loudness`
    does. Within an argument, a file is one that a filter or an encoder opens.
    """

    arguments: tuple[str, ...]
    measures: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality that a recipe's film must have; its node finds the CRF that reaches it.

    `metric` is `vmaf` or `ssim`. A miss of the `target` by more than the `tolerance` is encoded
    again. CRF may be from `best` to `worst`, in steps; a `step` below 1 needs an ffmpeg of the
    major version `fine_since`. `start` is tried first, `slope` is how steep scores usually are
    there. `film` is the index of the source's stream, `chain` its filters; a sample is encoded by
    `words`, and `{measured:crf}` in these and in the run's is the CRF. `before_input` are words
    before the source's `-i`.
    """

    metric: str
    target: float
    tolerance: float
    best: float
    worst: float
    step: float
    start: float
    slope: float
    film: int
    chain: str
    words: tuple[str, ...]
    before_input: tuple[str, ...] = ()
    fine_since: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is made of each source by one preset with its parameters, or by one ffmpeg line.

    `name` is the preset's; of a line of the user's own it is `custom`. Its runs are in one
    directory on the node, one after the other; the folders in `folders` are made before. With
    `salvage`, what can be made of a source that is cut off or damaged is kept. `quality` is what
    its only output must reach. With `smaller_by`, an output that isn't smaller than its source by
    this share is dropped, and the source kept.
    """

    name: str
    runs: tuple[Run, ...]
    outputs: tuple[RecipeOutput, ...]
    folders: tuple[str, ...] = ()
    salvage: bool = False
    quality: Quality | None = None
    smaller_by: float | None = None

    @property
    def files_beside(self) -> int:
        """How many files beside the source the runs need: one more than the highest number."""
        words = (word for run in self.runs for word in run.arguments)
        return max((int(found) + 1 for word in words for found in _BESIDE.findall(word)), default=0)


def recipes_file(recipes: Iterable[Recipe]) -> bytes:
    """Return recipes as JSON, for `read_recipes`; bytes that weren't text are kept."""
    return json.dumps([_fields(recipe) for recipe in recipes], sort_keys=True).encode()


def read_recipes(content: bytes) -> tuple[Recipe, ...]:
    """Return the recipes that `recipes_file` wrote."""
    return tuple(_recipe(**each) for each in json.loads(content))


def _fields(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe's fields; what is seldom asked for only where it is."""
    fields = asdict(recipe)
    for name in ("salvage", "quality"):
        if not fields[name]:
            del fields[name]
    if recipe.smaller_by is None:
        del fields["smaller_by"]
    for output in fields["outputs"]:
        if not output["promise"]["compare"]:
            del output["promise"]["compare"]
    return fields


def _recipe(
    name: str,
    runs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
    folders: list[str],
    *,
    salvage: bool = False,
    quality: dict[str, Any] | None = None,
    smaller_by: float | None = None,
) -> Recipe:
    return Recipe(
        name,
        tuple(Run(tuple(run["arguments"]), run["measures"]) for run in runs),
        tuple(_output(**output) for output in outputs),
        tuple(folders),
        salvage,
        _quality(**quality) if quality else None,
        smaller_by,
    )


def _quality(words: list[str], before_input: list[str], **fields: Any) -> Quality:
    return Quality(**fields, words=tuple(words), before_input=tuple(before_input))


def _output(suffixes: list[str], promise: dict[str, Any], **fields: Any) -> RecipeOutput:
    for kind in ("video", "audio", "subtitles"):
        promise[kind] = Count(promise[kind])
    promise["compare"] = tuple(promise.get("compare", ()))
    if promise["streams"] is not None:
        promise["streams"] = tuple(map(_promised_stream, promise["streams"]))
    return RecipeOutput(**fields, suffixes=tuple(suffixes), promise=Promise(**promise))


def _promised_stream(fields: dict[str, Any]) -> PromisedStream:
    return PromisedStream(**{**fields, "kind": StreamKind(fields["kind"])})
