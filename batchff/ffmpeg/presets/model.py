"""A preset as its file says it: parameters, outputs, and the runs of ffmpeg that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from batchff.ffmpeg.presets.source import Key, Source

Value = str | int | float
"""What a parameter may be; a duration is in seconds."""


class Kind(StrEnum):
    """The types of parameters."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    DURATION = "duration"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What `--set NAME=VALUE` changes. `least` and `most` are None where there is no bound."""

    name: str
    kind: Kind
    default: Value
    help: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """`crf`, `height > 0`, `format = mkv`: what must hold of a parameter's value.

    Without an operator, the value must be neither 0 nor empty nor `no`.
    """

    parameter: str
    operator: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of arguments, filters or a text, at `key` of the file.

    It is `then`, and where `condition` doesn't hold, `otherwise`; empty is nothing.
    """

    then: str
    key: Key
    condition: Condition | None = None
    otherwise: str = ""


Pieces = tuple[Piece, ...]


class Pick(StrEnum):
    """Which streams of a kind an output takes; each kind of stream has some of these."""

    NONE = "none"
    FILM = "film"
    """The picture that is the film: no cover, no poster."""
    FILM_IF_ANY = "film if any"
    MAIN = "main"
    """The sound that one hears: the default track, never a commentary."""
    MAIN_IF_ANY = "main if any"
    TEXT = "text"
    """Subtitles that are text, where the output can hold them."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Streams:
    """What an output takes of its source. It says what is meant, and no number of a stream."""

    video: Pick = Pick.NONE
    audio: Pick = Pick.NONE
    subtitles: Pick = Pick.NONE
    attachments: bool = False
    cover: bool = False
    chapters: bool = True
    tags: bool = True
    join_mono: bool = True
    """Whether a recorder's mono streams become left and right."""


@dataclass(frozen=True, slots=True)
class Making:
    """How one output of ffmpeg's is made: its streams, their filters, and its other options."""

    streams: Streams
    video_filters: Pieces = ()
    audio_filters: Pieces = ()
    arguments: Pieces = ()


@dataclass(frozen=True, slots=True)
class PromiseWords:
    """A promise as the file says it; `width` and `height` may be a parameter's name in braces."""

    video: str = ""
    audio: str = ""
    subtitles: str = ""
    duration: bool = False
    frames: bool = False
    width: str = ""
    height: str = ""
    decodes: bool = True


@dataclass(frozen=True, slots=True)
class PresetOutput:
    """A file, or a folder of files with these suffixes; `writes` is what ffmpeg writes in it."""

    key: Key
    name: str
    path: str
    is_folder: bool
    writes: str
    suffixes: tuple[str, ...]
    promise: PromiseWords
    making: Making


@dataclass(frozen=True, slots=True)
class PresetRun:
    """One run of ffmpeg that `makes` outputs, or, where it makes none, only reads and `measures`.

    It reads the source, or the output of an earlier run that `reads` names. `input` are options
    before that input, `inputs` more inputs after it, `graph` the chains of a complex filter.
    `making` is for a run without outputs.
    """

    key: Key
    makes: tuple[str, ...]
    reads: str = ""
    measures: str = ""
    input: Pieces = ()
    inputs: Pieces = ()
    graph: Pieces = ()
    making: Making = field(default_factory=lambda: Making(Streams()))


@dataclass(frozen=True, slots=True)
class Preset:
    """What is made of each source, with parameters that are still open.

    `plays` says where the outputs play. `texts` are longer texts that pieces name like parameters.
    `source` is the file that the keys of outputs and runs are in; `file_text` is the preset's own,
    another one where it's based on that. `is_own` is set for a file of the user's.
    """

    name: str
    description: str
    plays: str
    parameters: Mapping[str, Parameter]
    texts: Mapping[str, Pieces]
    outputs: tuple[PresetOutput, ...]
    runs: tuple[PresetRun, ...]
    source: Source
    file_text: str
    is_own: bool = False
