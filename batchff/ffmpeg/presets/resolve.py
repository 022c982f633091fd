"""A preset and its parameters' values become a recipe."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from batchff.ffmpeg.colours import stated_colours, to_sdr
from batchff.ffmpeg.line import INPUT
from batchff.ffmpeg.presets.model import (
    Making,
    Piece,
    Pieces,
    Preset,
    PresetOutput,
    PresetRun,
    Value,
)
from batchff.ffmpeg.presets.parameters import holds, plain, read_settings
from batchff.ffmpeg.presets.promised import codec_of, promised_streams
from batchff.ffmpeg.presets.source import Key
from batchff.ffmpeg.presets.streams import (
    Taken,
    counts,
    lacking_text,
    tag_arguments,
    take_from,
    take_from_any,
)
from batchff.ffmpeg.streams import SourceStreams
from batchff.model.inspection import Stream, StreamKind
from batchff.model.recipes import Promise, PromisedStream, Recipe, RecipeOutput, Run

BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
"""What braces are in a piece: doubled ones are braces, others hold a name."""


_FILLED_LATER = re.compile(r"input|with:\d+|measured:.*", re.DOTALL)


OF_THE_SOURCE = ("film", "dialogue", "to_sdr", "colours")
"""The names in braces whose values come from the inspection of the source.

They are the chosen streams, for a graph or a -map of one's own, and filters for its colours.
"""


def is_filled_later(name: str) -> bool:
    """Return whether only a node knows the value of a name in braces."""
    return _FILLED_LATER.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Word:
    """An argument, and the key in the preset's file that it's from."""

    text: str
    key: Key


def resolve(preset: Preset, settings: Mapping[str, Value]) -> Recipe:
    """Return what a preset makes with these values of any source; other parameters have defaults.

    Raises ParameterError for a parameter that there isn't, or a value that can't be.
    """
    return Filler(preset, read_settings(settings, preset)).recipe()


class Filler:
    """Fills values into a preset's pieces, and what is known of a source.

    Once the arguments are made, `missing` says what the source lacks, and `taken` which of its
    streams are in an output, `pixel_format` what its pictures are made in, if that is said,
    `encodes_film` whether they are encoded, and `is_joined` whether mono streams become left and
    right.
    """

    def __init__(
        self, preset: Preset, values: Mapping[str, Value], source: SourceStreams | None = None
    ) -> None:
        self.missing = ""
        self.pixel_format = ""
        self.encodes_film = False
        self.is_joined = False
        self.taken: set[Stream] = set()
        self._preset = preset
        self._values = values
        self._source = source
        own = {name: plain(value) for name, value in values.items()}
        self._texts = {**_of_source(source), **own}
        self._streams: dict[str, tuple[PromisedStream, ...]] = {}
        for name, pieces in preset.texts.items():
            self._texts[name] = " ".join(self._chosen(pieces))

    def recipe(self) -> Recipe:
        """Return what is made."""
        preset = self._preset
        return Recipe(
            name=preset.name,
            runs=tuple(
                Run(tuple(word.text for word in self.run(run)), run.measures) for run in preset.runs
            ),
            outputs=tuple(self.output(output) for output in preset.outputs),
            folders=tuple(output.path for output in preset.outputs if output.is_folder),
        )

    def run(self, run: PresetRun) -> list[Word]:
        """Return the arguments of a run."""
        # An empty value at a chain's end leaves a comma there.
        chains = [re.sub(r",(?=\[|$)", "", chain) for chain in self._chosen(run.graph)]
        makings: list[Word] = []
        kinds: set[StreamKind] = set()
        if not run.makes:
            taken = self._take(run.making, "", run)
            kinds |= {kind for kind, _ in taken.streams}
            chains += taken.chains
            makings += self._making(run.making, run.key, taken, is_kept=False)
            makings += (Word(text, run.key) for text in ("-f", "null", "-"))
        for output in self._preset.outputs:
            if output.name in run.makes:
                taken = self._take(output.making, _suffix_of(self.fill(output.path)), run)
                kinds |= {kind for kind, _ in taken.streams}
                chains += taken.chains
                words = list(self._making(output.making, output.key, taken, is_kept=True))
                self._promise_streams(output.name, taken, words)
                makings += [*words, Word(self.target(output), _name_key(output))]
        words = list(self._split(run.input))
        words += (Word(text, run.key) for text in self._late_words(kinds))
        words += [Word("-i", run.key), Word(run.reads or INPUT, run.key)]
        words += self._split(run.inputs)
        if chains:
            key = (*run.key, "graph")
            words += [Word("-filter_complex", key), Word(";".join(chains), key)]
        return words + makings

    def _late_words(self, kinds: set[StreamKind]) -> tuple[str, ...]:
        """Return what keeps a sound's late start where ffmpeg reads the sound alone."""
        late = self._source.late if self._source else 0.0
        return ("-itsoffset", f"{late:g}") if kinds == {StreamKind.AUDIO} and late > 0.02 else ()

    def target(self, output: PresetOutput) -> str:
        """Return the name of the file that ffmpeg writes."""
        path = f"{output.path}/{output.writes}" if output.is_folder else output.path
        return self.fill(path)

    def output(self, output: PresetOutput) -> RecipeOutput:
        """Return an output as the recipe has it, once the runs are made."""
        path = self.fill(output.path)
        return RecipeOutput(
            node_name=path,
            suffix="" if output.is_folder else _suffix_of(path),
            name=output.name if len(self._preset.outputs) > 1 else "",
            is_folder=output.is_folder,
            suffixes=tuple(self.fill(suffix) for suffix in output.suffixes),
            promise=self._promise(output),
        )

    def _note_use(self, name: str) -> None:
        source, preset = self._source, self._preset
        if source is None or name in preset.parameters or self.missing:
            return
        if name == "film" and source.film is None:
            self.missing = lacking_text(source, StreamKind.VIDEO)
        elif name == "film" and source.film is not None:
            self.taken.add(source.film)
        if name == "dialogue" and source.dialogue is None:
            self.missing = lacking_text(source, StreamKind.AUDIO)
        elif name == "dialogue" and source.dialogue is not None:
            self.taken.update(source.dialogue.streams[:1])

    def _promise(self, output: PresetOutput) -> Promise:
        promise = output.promise
        video, audio, subtitles = counts(output.making.streams, promise)
        width, height = self.fill(promise.width), self.fill(promise.height)
        return Promise(
            video=video,
            audio=audio,
            subtitles=subtitles,
            duration=promise.duration,
            frames=promise.frames,
            # 0 leaves a size as it is.
            width=int(width or 0) or None,
            height=int(height or 0) or None,
            decodes=promise.decodes,
            streams=self._streams.get(output.name),
        )

    def _take(self, making: Making, suffix: str, run: PresetRun) -> Taken:
        filters = ",".join(self._chosen(making.audio_filters))
        if self._source is None or run.reads:
            return take_from_any(making.streams, suffix, filters)
        label = f"sound{len(self._streams)}_"
        words = [word.text for word in self._split(making.arguments)]
        is_copy = codec_of(StreamKind.AUDIO, 0, words) == "copy"
        taken = take_from(
            self._source, making.streams, suffix, filters, label, copies_sound=is_copy
        )
        self.missing = self.missing or taken.missing
        self.is_joined |= bool(taken.chains)
        self.taken.update(stream for _, streams in taken.streams for stream in streams)
        return taken

    def _promise_streams(self, name: str, taken: Taken, words: list[Word]) -> None:
        """Note which streams an output must have; nothing where it maps others by itself."""
        if self._source is None or not taken.streams:
            return
        texts = [word.text for word in words]
        if any(self._source.film in streams for _, streams in taken.streams):
            self.encodes_film |= codec_of(StreamKind.VIDEO, 0, texts) not in ("copy", "none")
        if "-pix_fmt" in texts:
            self.pixel_format = texts[texts.index("-pix_fmt") + 1]
        if (promised := promised_streams(taken, texts, maps_tones=self.maps_tones)) is not None:
            self._streams[name] = promised

    @property
    def maps_tones(self) -> bool:
        """Whether HDR becomes SDR."""
        preset = self._preset
        makings = [*(each.making for each in preset.outputs), *(run.making for run in preset.runs)]
        pieces = [piece for making in makings for piece in making.video_filters]
        pieces += [piece for run in preset.runs for piece in run.graph]
        pieces += [piece for texts in preset.texts.values() for piece in texts]
        return any("{to_sdr}" in self._side(piece) for piece in pieces)

    def _making(self, making: Making, key: Key, taken: Taken, *, is_kept: bool) -> Iterator[Word]:
        for text in taken.maps:
            yield Word(text, (*key, "audio_filters" if text.startswith("-filter") else "streams"))
        # A run whose words are only -map of its own says itself what becomes of tags.
        if is_kept:
            for text in tag_arguments(making.streams, self._source):
                yield Word(text, (*key, "streams"))
        if filters := ",".join(self._chosen(making.video_filters)):
            yield Word("-filter:v:0", (*key, "video_filters"))
            yield Word(filters, (*key, "video_filters"))
        yield from self._split(making.arguments)
        if is_kept:
            for text in taken.after:
                yield Word(text, (*key, "streams"))

    def _split(self, pieces: Pieces) -> Iterator[Word]:
        """Yield the words of pieces; a value never becomes several."""
        for piece in pieces:
            for word in shlex.split(self._side(piece)):
                yield Word(self.fill(word), piece.key)

    def _chosen(self, pieces: Pieces) -> Iterator[str]:
        for piece in pieces:
            if text := self.fill(self._side(piece)):
                yield text

    def _side(self, piece: Piece) -> str:
        if piece.condition is None or holds(piece.condition, self._values):
            return piece.then
        return piece.otherwise

    def fill(self, text: str) -> str:
        """Return a text with values for names; what only a node can fill in stays open."""

        def value(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None:
                return found[0][0]
            self._note_use(name)
            return found[0] if is_filled_later(name) else self._texts[name]

        return BRACES.sub(value, text)


def _of_source(source: SourceStreams | None) -> dict[str, str]:
    """Return the values of `OF_THE_SOURCE`: for any source, or for one that is known."""
    film = source.film if source else None
    dialogue = source.dialogue if source else None
    return {
        "film": str(film.index) if film else "V:0",
        "dialogue": str(dialogue.streams[0].index) if dialogue else "a:0",
        "to_sdr": to_sdr(film.picture) if film else "",
        "colours": stated_colours(film.picture) if film else "",
    }


def _suffix_of(path: str) -> str:
    return "." + path.rpartition(".")[2]


def _name_key(output: PresetOutput) -> Key:
    return (*output.key, "writes" if output.is_folder else "file")
