"""A preset and its parameters' values become a recipe."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
from batchff.ffmpeg.presets.source import Key
from batchff.ffmpeg.presets.streams import counts, stream_arguments, tag_arguments
from batchff.model.recipes import Promise, Recipe, RecipeOutput, Run

BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
"""What braces are in a piece: doubled ones are braces, others hold a name."""


_FILLED_LATER = re.compile(r"input|with:\d+|measured:.*", re.DOTALL)


def is_filled_later(name: str) -> bool:
    """Return whether what a name in braces stands for is known only on a node."""
    return _FILLED_LATER.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Word:
    """An argument, and the key in the preset's file that it's from."""

    text: str
    key: Key


def resolve(preset: Preset, settings: Mapping[str, Value]) -> Recipe:
    """Return what a preset makes with these values; other parameters have their defaults.

    Raises ParameterError for a parameter that there isn't, or a value that can't be.
    """
    values = read_settings(settings, preset)
    filler = Filler(preset, values)
    return Recipe(
        name=preset.name,
        runs=tuple(
            Run(tuple(word.text for word in filler.run(run)), run.measures) for run in preset.runs
        ),
        outputs=tuple(filler.output(output) for output in preset.outputs),
        folders=tuple(output.path for output in preset.outputs if output.is_folder),
    )


class Filler:
    """Fills values into a preset's pieces."""

    def __init__(self, preset: Preset, values: Mapping[str, Value]) -> None:
        self._preset = preset
        self._values = values
        self._texts = {name: plain(value) for name, value in values.items()}
        for name, pieces in preset.texts.items():
            self._texts[name] = " ".join(self._chosen(pieces))

    def run(self, run: PresetRun) -> list[Word]:
        """Return the arguments of a run."""
        words = list(self._split(run.input))
        words += [Word("-i", run.key), Word(run.reads or INPUT, run.key)]
        words += self._split(run.inputs)
        if graph := ";".join(self._chosen(run.graph)):
            key = (*run.key, "graph")
            words += [Word("-filter_complex", key), Word(graph, key)]
        if not run.makes:
            words += self._making(run.making, run.key, is_kept=False)
            return [*words, *(Word(text, run.key) for text in ("-f", "null", "-"))]
        for output in self._preset.outputs:
            if output.name in run.makes:
                words += self._making(output.making, output.key, is_kept=True)
                words.append(Word(self.target(output), _name_key(output)))
        return words

    def target(self, output: PresetOutput) -> str:
        """Return what ffmpeg is told to write."""
        path = f"{output.path}/{output.writes}" if output.is_folder else output.path
        return self.fill(path)

    def output(self, output: PresetOutput) -> RecipeOutput:
        """Return an output as the recipe has it."""
        path = self.fill(output.path)
        return RecipeOutput(
            node_name=path,
            suffix="" if output.is_folder else "." + path.rpartition(".")[2],
            name=output.name if len(self._preset.outputs) > 1 else "",
            is_folder=output.is_folder,
            suffixes=tuple(self.fill(suffix) for suffix in output.suffixes),
            promise=self._promise(output),
        )

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
        )

    def _making(self, making: Making, key: Key, *, is_kept: bool) -> Iterator[Word]:
        for text in stream_arguments(making.streams):
            yield Word(text, (*key, "streams"))
        # A run whose words are only -map of its own says itself what becomes of tags.
        if is_kept:
            for text in tag_arguments(making.streams):
                yield Word(text, (*key, "streams"))
        for option, name, pieces in (
            ("-filter:v:0", "video_filters", making.video_filters),
            ("-filter:a", "audio_filters", making.audio_filters),
        ):
            if filters := ",".join(self._chosen(pieces)):
                yield Word(option, (*key, name))
                yield Word(filters, (*key, name))
        yield from self._split(making.arguments)

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
            return found[0] if is_filled_later(name) else self._texts[name]

        return BRACES.sub(value, text)


def _name_key(output: PresetOutput) -> Key:
    return (*output.key, "writes" if output.is_folder else "file")
