"""Fits a preset to each source."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from batchff.ffmpeg.fit.compare import with_comparison
from batchff.ffmpeg.fit.fitted import Fitted, FittedShapes, is_picture
from batchff.ffmpeg.fit.losses import (
    colour_losses,
    container_losses,
    picture_losses,
    stream_losses,
)
from batchff.ffmpeg.presets.extra import extra
from batchff.ffmpeg.presets.model import Pick, Preset, PresetOutput, Streams, Value
from batchff.ffmpeg.presets.resolve import Filler
from batchff.ffmpeg.streams import SourceStreams, choose_streams
from batchff.model.inspection import Inspection, StreamKind
from batchff.model.recipes import Recipe


@dataclass(frozen=True)
class PresetMaker:
    """Makes what a preset says, with its parameters' `values`.

    `words` are more options for its output, and `beside` the names of the files beside the source.
    """

    preset: Preset
    values: tuple[tuple[str, Value], ...] = ()
    words: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    _shapes: FittedShapes = field(default_factory=FittedShapes, compare=False)

    @cached_property
    def recipe(self) -> Recipe:
        """What is made of any source, where nothing is known of it."""
        return self._with_words(Filler(self.preset, dict(self.values)).recipe())

    @property
    def asked_for(self) -> str:
        """The preset, its parameters that aren't as by default, and the words after `--`."""
        parameters = self.preset.parameters
        given = [
            f"{name}={value}" for name, value in self.values if value != parameters[name].default
        ]
        words = ["--", shlex.join(self.words)] if self.words else []
        return " ".join((self.preset.name, *given, *words))

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        """Return what is made of a source; `language` is the one to hear."""
        return self._shapes.get(inspection, language, self._fitted)

    def _fitted(self, inspection: Inspection, language: str) -> Fitted:
        source = choose_streams(inspection, language)
        copies = [output for output in self.preset.outputs if output.promise.duration]
        if is_picture(inspection) and any(_takes_film(output) for output in copies):
            return Fitted(refused="it's a picture, not a film")
        filler = Filler(self.preset, dict(self.values), source)
        recipe = filler.recipe()
        if filler.missing:
            return Fitted(refused=filler.missing)
        losses: list[str] = []
        if copies:  # others are pictures of it, or measures
            losses += self._losses(inspection, source, filler, copies)
        return Fitted(
            with_comparison(self._with_words(recipe), inspection),
            choices=source.choices_for(filler.taken, is_joined=filler.is_joined),
            losses=tuple(dict.fromkeys(losses)),
        )

    def _losses(
        self,
        inspection: Inspection,
        source: SourceStreams,
        filler: Filler,
        copies: list[PresetOutput],
    ) -> Iterator[str]:
        kinds = {kind for output in copies for kind in _kinds(output.making.streams)}
        yield from stream_losses(source, filler.taken, kinds)
        film = source.film if source.film in filler.taken else None
        yield from colour_losses(film, is_mapped=filler.maps_tones)
        if filler.encodes_film:
            yield from picture_losses(film, filler.pixel_format)
        for output in copies:
            if not output.is_folder:
                suffix = "." + output.path.rpartition(".")[2]
                keeps = output.making.streams.chapters
                yield from container_losses(inspection, suffix, keeps_chapters=keeps)

    def _with_words(self, recipe: Recipe) -> Recipe:
        return extra(recipe, self.words, self.beside, []) if self.words else recipe


def _takes_film(output: PresetOutput) -> bool:
    return output.making.streams.video is Pick.FILM or output.is_folder


def _kinds(streams: Streams) -> Iterator[StreamKind]:
    """Yield which kinds of streams one expects in an output, if they are in the source."""
    if streams.video is not Pick.NONE:
        yield from (StreamKind.VIDEO, StreamKind.SUBTITLES, StreamKind.ATTACHMENT, StreamKind.DATA)
    if streams.audio is not Pick.NONE:
        yield StreamKind.AUDIO
