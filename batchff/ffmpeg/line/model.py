"""What an ffmpeg line says, once it's understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from batchff.ffmpeg.line.hardware import HARDWARE_OPTIONS, hardware_of

_KINDS = {
    "v": "video",
    "V": "video",
    "a": "audio",
    "s": "subtitle",
    "d": "data",
    "t": "attachment",
}
_CUTS = frozenset(["ss", "sseof", "t", "to", "frames", "fs", "shortest", "stream_loop"])
_RATES = frozenset(["r", "fpsmax", "fps_mode", "itsscale", "itsoffset"])
_TIMES = """
    setpts asetpts atempo rubberband trim atrim select aselect fps framerate minterpolate framestep
    decimate mpdecimate dejudder pullup fieldmatch telecine detelecine tinterlace interlace
    separatefields weave doubleweave thumbnail tile loop aloop freezeframes shuffleframes random
    concat interleave ainterleave segment asegment tpad apad adelay silenceremove asetrate reverse
    areverse xfade xfade_opencl xfade_vulkan acrossfade untile fsync showspectrumpic showwavespic
"""
_TIME_FILTERS = frozenset(_TIMES.split())
_FIELD_FILTERS = {"yadif": "0", "bwdif": "1", "estdif": "field", "w3fdif": "field"}
"""Filters that can make a picture of each field, which are two of one, with their default mode."""
_FRAME_MODES = frozenset({"0", "2", "send_frame", "send_frame_nospatial", "frame"})


class Side(StrEnum):
    """What an option is about: the whole run, an input or an output."""

    RUN = "run"
    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the line.

    `name` and `specifier` are ffmpeg's plain ones whatever was written: `-vcodec` is `c` and `v`,
    `-af` is `filter` and `a`. `value` is None for a flag; `word` is what was written, at index `at`
    of the user's words.
    """

    word: str
    name: str
    specifier: str
    value: str | None
    side: Side
    at: int

    @property
    def kind(self) -> str:
        """Return the kind of stream that it's about: video, audio, … or nothing for any."""
        return _KINDS.get(self.specifier.partition(":")[0], "")

    @property
    def text(self) -> str:
        """Return the value, which is empty for a flag."""
        return self.value or ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a graph.

    `arguments` are its options in order; what is written without a key has an empty one. `inputs`
    and `outputs` are the labels in brackets.
    """

    name: str
    arguments: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def argument(self, *keys: str, position: int | None = None) -> str | None:
        """Return the argument of that key, by any of its names, or of that position; else None."""
        for key, value in reversed(self.arguments):
            if key in keys:
                return value
        plain = [value for key, value in self.arguments if not key]
        # What follows a key has one as well, so the plain ones are the first.
        return plain[position] if position is not None and position < len(plain) else None


def _makes_fields(filter_: Filter) -> bool:
    """Return whether a filter makes two pictures of one."""
    name = filter_.name.partition("_")[0]  # yadif_cuda, bwdif_vulkan
    if name not in _FIELD_FILTERS:
        return False
    mode = filter_.argument("mode", position=1 if name == "w3fdif" else 0)
    return (mode or _FIELD_FILTERS[name]) not in _FRAME_MODES


@dataclass(frozen=True, slots=True)
class Graph:
    """The filters that one option's value describes. `is_complex` is that of -filter_complex."""

    option: Option
    filters: tuple[Filter, ...]
    is_complex: bool

    @property
    def open_outputs(self) -> frozenset[str]:
        """Return the labels that a -map may take."""
        made = {label for each in self.filters for label in each.outputs}
        return frozenset(made - {label for each in self.filters for label in each.inputs})


class InputKind(StrEnum):
    """Where an input's bytes come from."""

    SOURCE = "source"
    BESIDE = "beside"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Input:
    """An input. `number` tells which of the files beside the source it is, from 0."""

    word: str
    kind: InputKind
    number: int | None
    options: tuple[Option, ...]
    graph: Graph | None = None


@dataclass(frozen=True, slots=True)
class Encoder:
    """What an output asks for its streams: an encoder, or `copy`.

    `kind` is that of the streams it's asked for, or else of the encoder.
    """

    name: str
    kind: str
    option: Option

    @property
    def copies(self) -> bool:
        """Return whether streams are copied and none is encoded."""
        return self.name == "copy"


@dataclass(frozen=True, slots=True)
class Map:
    """A -map: an input's streams, or a graph's label. `streams` is the specifier, maybe empty."""

    option: Option
    label: str
    input: int | None
    streams: str
    takes_away: bool
    is_optional: bool


class Content(StrEnum):
    """What a file that is made holds."""

    MEDIA = "media"
    PICTURE = "picture"
    PLAYLIST = "playlist"
    PIECE = "piece"
    SUBTITLES = "subtitles"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Made:
    """A file that the line makes, or several whose names are alike.

    `name` is relative to the folder where ffmpeg runs. Where it has a `*`, several files are made,
    or one whose name isn't known: a star is any text within a name, two are any path. `is_sure` is
    False for what depends on the source. `by` is the option or the output that makes it.
    """

    name: str
    content: Content
    by: str
    is_sure: bool = True

    @property
    def is_many(self) -> bool:
        """Return whether it may be several files."""
        return "*" in self.name

    def matches(self, path: str) -> bool:
        """Return whether a file of this path is (one of) what is meant."""
        parts = (
            ".*" if part == "**" else "[^/]*" if part == "*" else re.escape(part)
            for part in re.split(r"(\*\*|\*)", self.name)
        )
        return re.fullmatch("".join(parts), path, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Output:
    """An output: its options, its format, and the files it makes.

    `name` has a place for the job's own name where `is_default` is set: the line left it out.
    """

    name: str
    is_default: bool
    muxer: str
    options: tuple[Option, ...]
    encoders: tuple[Encoder, ...]
    graphs: tuple[Graph, ...]
    maps: tuple[Map, ...]
    makes: tuple[Made, ...]


@dataclass(frozen=True, slots=True)
class Passes:
    """`number` is that of -pass. `is_measured`: a filter was given what an earlier run measured."""

    number: int | None
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An ffmpeg line.

    `words` are what ffmpeg is run with: the input is among them, and the last output's name, where
    the user left it out, is not. `makes` is all that it makes, outputs' files first. `folders` must
    be there before it runs: ffmpeg makes none. `reads` are the files it reads by their names beside
    the inputs. `warnings` are for the user; the line can be run.
    """

    words: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    options: tuple[Option, ...]
    complex_graphs: tuple[Graph, ...]
    makes: tuple[Made, ...]
    reads: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Return every option: of the run, of the inputs, of the outputs."""
        of_inputs = (option for each in self.inputs for option in each.options)
        of_outputs = (option for each in self.outputs for option in each.options)
        return (*self.options, *of_inputs, *of_outputs)

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """Return all graphs: complex ones, those of the inputs, those of the outputs."""
        generated = (each.graph for each in self.inputs if each.graph is not None)
        simple = (graph for output in self.outputs for graph in output.graphs)
        return (*self.complex_graphs, *generated, *simple)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Return all filters of all graphs."""
        return tuple(each for graph in self.graphs for each in graph.filters)

    @property
    def encoders(self) -> tuple[Encoder, ...]:
        """Return what the outputs ask for, copies among them."""
        return tuple(encoder for output in self.outputs for encoder in output.encoders)

    @property
    def cuts(self) -> tuple[Option, ...]:
        """Return the options that seek, end early or repeat: -ss, -t, -to, -frames, -shortest …"""
        return tuple(option for option in self.all_options if option.name in _CUTS)

    @property
    def rates(self) -> tuple[Option, ...]:
        """Return the options that change when pictures are shown: -r, -fps_mode, -itsscale …"""
        return tuple(option for option in self.all_options if option.name in _RATES)

    @property
    def time_filters(self) -> tuple[Filter, ...]:
        """Return the filters that change times, or how long or how many pictures there are."""
        return tuple(
            each for each in self.filters if each.name in _TIME_FILTERS or _makes_fields(each)
        )

    @property
    def keeps_times(self) -> bool:
        """Return whether an output is as long as its source, picture for picture."""
        return not (self.cuts or self.rates or self.time_filters)

    @property
    def passes(self) -> Passes:
        """Return which of several runs it is."""
        numbers = [option.text for option in self.all_options if option.name == "pass"]
        return Passes(
            number=int(numbers[-1]) if numbers and numbers[-1].isdecimal() else None,
            is_measured=any(
                key.lower().startswith("measured_")
                for each in self.filters
                for key, _ in each.arguments
            ),
        )

    @property
    def hardware(self) -> frozenset[str]:
        """Return what it needs beside a processor: nvidia, intel, vaapi, vulkan …"""
        names = [encoder.name for encoder in self.encoders]
        names += [each.name for each in self.filters]
        for option in self.all_options:
            if option.name in HARDWARE_OPTIONS or option.name == "c":
                names.append(f"{option.name} {option.text}")
        return hardware_of(names)

    @property
    def folders(self) -> tuple[str, ...]:
        """Return the folders that what is made goes to; ffmpeg doesn't make them itself."""
        found = (made.name.rpartition("/")[0].partition("*") for made in self.makes)
        # Of `a/b*/c` only `a` is known.
        known = (head.rpartition("/")[0] if star else head for head, star, _ in found)
        return tuple(dict.fromkeys(filter(None, known)))

    @property
    def makes_folder(self) -> bool:
        """Return whether what is made of a source is more than one file, or may be."""
        return len(self.makes) != 1 or self.makes[0].is_many
