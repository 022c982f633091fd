"""Fits a line of ffmpeg's own to each source: streams are chosen where the line leaves it open."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from batchff.ffmpeg.fit.clock import clock_words
from batchff.ffmpeg.fit.compare import with_comparison
from batchff.ffmpeg.fit.fitted import Fitted, FittedShapes, is_picture
from batchff.ffmpeg.fit.losses import container_losses, stream_losses
from batchff.ffmpeg.line import Line
from batchff.ffmpeg.line.model import Content, InputKind, Output
from batchff.ffmpeg.line.table import load_table
from batchff.ffmpeg.presets.streams import joined, lacking_text
from batchff.ffmpeg.streams import CHAPTERS_IN_MP4, SourceStreams, choose_streams
from batchff.model.inspection import Inspection, Stream, StreamKind
from batchff.model.paths import split_suffix
from batchff.model.recipes import Promise, PromisedStream, Recipe, Run

_MUXERS_OF_COVERS = frozenset({"png", "mjpeg"})
"""The default codecs of muxers that take no film, only a cover."""

_OFF_BY = 0.05
"""How many seconds pictures may be off: an encoder's clock can be as coarse as the frame rate."""

_OFF_BY_IN_AVI = 0.15
"""It has no times, so that what MP3 puts before a sound moves the pictures."""

_MP4_MUXERS = frozenset({"mp4", "mov", "ipod", "3gp"})
_OGG_MUXERS = frozenset({"ogg", "oga", "ogv", "opus", "spx"})
_LETTERS = {StreamKind.VIDEO: "v", StreamKind.AUDIO: "a", StreamKind.SUBTITLES: "s"}
_PICTURE_MUXERS = frozenset({"image2", "image2pipe", "avif", "webp", "apng", "gif", "ico", "mjpeg"})


def line_text(recipe: Recipe) -> str:
    """Return the arguments of a line of the user's own, without its input and outputs."""
    names = {output.node_name for output in recipe.outputs}
    words = list(recipe.runs[0].arguments)
    if words[:2] == ["-i", "{input}"]:
        del words[:2]
    return shlex.join(word for word in words if word not in names)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What an output takes: the words that say so, and its streams, each with its kind."""

    words: tuple[str, ...]
    streams: tuple[tuple[StreamKind, tuple[Stream, ...]], ...]


@dataclass(frozen=True)
class LineMaker:
    """Makes what a line of ffmpeg's says.

    Streams are chosen for an output that has neither a `-map` nor a complex filter, where the
    source is the only input: the film in place of the largest picture, the dialogue in place of the
    sound with the most channels. An uneven film gets a clock that keeps its times. All else is as
    the line says.
    """

    recipe: Recipe
    line: Line
    _shapes: FittedShapes = field(default_factory=FittedShapes, compare=False)

    @property
    def asked_for(self) -> str:
        """The line, without its input and output."""
        return line_text(self.recipe)

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        """Return what is made of a source; `language` is the one to hear."""
        return self._shapes.get(inspection, language, self._fitted)

    def _fitted(self, inspection: Inspection, language: str) -> Fitted:
        if is_picture(inspection) and not self._is_for_pictures:
            return Fitted(refused="it's a picture, not a film")
        if not self._reads_source_alone:
            return Fitted(self.recipe)
        source = choose_streams(inspection, language)
        words = list(self.recipe.runs[0].arguments)
        taken: set[Stream] = set()
        losses: list[str] = []
        streams: tuple[tuple[StreamKind, tuple[Stream, ...]], ...] | None = None
        # From the last one, so that places before it stay as they are.
        for output, place in reversed(self._places()):
            if output.maps:
                words[place:place] = [
                    *_chapter_words(output, source),
                    *clock_words(output, self.line, source),
                ]
                continue
            chosen = self._choose(output, source)
            if not chosen.streams:
                return Fitted(refused=self._lacking(output, source))
            words[place:place] = [
                *chosen.words,
                *_tag_words(output, source, inspection),
                *_chapter_words(output, source),
                *clock_words(output, self.line, source),
            ]
            streams = chosen.streams if len(self.line.outputs) == 1 else None
            taken.update(stream for _, each in chosen.streams for stream in each)
            losses += self._losses(output, source, inspection, taken)
        recipe = replace(self.recipe, runs=(Run(tuple(words)),))
        if not taken:
            return Fitted(recipe)
        return Fitted(
            with_comparison(self._promising(recipe, streams), inspection),
            choices=source.choices_for(taken),
            losses=tuple(dict.fromkeys(losses)),
        )

    @property
    def _reads_source_alone(self) -> bool:
        inputs = self.line.inputs
        is_source = len(inputs) == 1 and inputs[0].kind is InputKind.SOURCE
        return is_source and not self.line.complex_graphs

    @property
    def _is_for_pictures(self) -> bool:
        """Whether a single picture is meant: one is made of it, or it's repeated."""
        given = {option.name for each in self.line.inputs for option in each.options}
        return bool(given & {"loop", "framerate", "f", "stream_loop"}) or all(
            output.muxer in _PICTURE_MUXERS for output in self.line.outputs
        )

    def _places(self) -> list[tuple[Output, int]]:
        """Return each output with the index of its name among the words."""
        words = self.recipe.runs[0].arguments
        places = []
        at = 0
        for output in self.line.outputs:
            at = words.index(output.name, at) if not output.is_default else len(words) - 1
            while not output.is_default and _is_value(words, at, output):
                at = words.index(output.name, at + 1)
            places.append((output, at))
            at += 1
        return places

    def _choose(self, output: Output, source: SourceStreams) -> _Chosen:
        muxer = load_table().muxers[output.muxer]
        words: list[str] = []
        streams: list[tuple[StreamKind, tuple[Stream, ...]]] = []

        def take(kind: StreamKind, stream: Stream) -> None:
            words.extend(("-map", f"0:{stream.index}"))
            streams.append((kind, (stream,)))

        if muxer.video and not _is_off(output, StreamKind.VIDEO):
            film = (source.film,) if source.film else ()
            for picture in film if _takes_film(output) else source.covers[:1]:
                take(StreamKind.VIDEO, picture)
        if muxer.audio and not _is_off(output, StreamKind.AUDIO) and source.dialogue:
            track = source.dialogue
            if len(track.streams) > 1 and self._may_join(output):
                words += ["-filter_complex", joined(track, "", "left_right"), "-map"]
                words.append("[left_right]")
                streams.append((StreamKind.AUDIO, track.streams))
            else:
                take(StreamKind.AUDIO, track.streams[0])
        if muxer.subtitle and not _is_off(output, StreamKind.SUBTITLES):
            for subtitle in _subtitles(output, source):
                take(StreamKind.SUBTITLES, subtitle)
        return _Chosen(tuple(words), tuple(streams))

    def _may_join(self, output: Output) -> bool:
        has_filter = any(
            each.name == "filter" and each.kind in ("audio", "") for each in output.options
        )
        return not has_filter and not _copies(output, StreamKind.AUDIO)

    def _lacking(self, output: Output, source: SourceStreams) -> str:
        muxer = load_table().muxers[output.muxer]
        if muxer.video and _takes_film(output) and not _is_off(output, StreamKind.VIDEO):
            if not muxer.audio or _is_off(output, StreamKind.AUDIO):
                return lacking_text(source, StreamKind.VIDEO)
            return "neither video nor audio in it"
        return lacking_text(source, StreamKind.AUDIO)

    def _losses(
        self, output: Output, source: SourceStreams, inspection: Inspection, taken: set[Stream]
    ) -> Iterator[str]:
        if any(made.content is not Content.MEDIA for made in output.makes):
            return
        muxer = load_table().muxers[output.muxer]
        kinds = set()
        if muxer.video and _takes_film(output):
            kinds |= {StreamKind.VIDEO, StreamKind.SUBTITLES, StreamKind.ATTACHMENT}
        if muxer.audio:
            kinds.add(StreamKind.AUDIO)
        kinds -= {kind for kind in _LETTERS if _is_off(output, kind)}
        asked = {encoder.kind for encoder in output.encoders}
        if "video" in asked and StreamKind.VIDEO in kinds and source.film is None:
            yield lacking_text(source, StreamKind.VIDEO)
        yield from _hdr_losses(output, source)
        yield from stream_losses(source, taken, kinds)
        yield from container_losses(inspection, split_suffix(output.name)[1])

    def _promising(
        self,
        recipe: Recipe,
        streams: tuple[tuple[StreamKind, tuple[Stream, ...]], ...] | None,
    ) -> Recipe:
        """Return a recipe with what can be promised of its output, where it's one file."""
        line = self.line
        if streams is None or line.makes_folder or line.makes[0].content is not Content.MEDIA:
            return recipe
        promised = tuple(
            PromisedStream(
                kind,
                each[0].index if len(each) == 1 else None,
                is_copy=_copies(line.outputs[0], kind),
                is_cover=kind is StreamKind.VIDEO and not _takes_film(line.outputs[0]),
            )
            for kind, each in streams
        )
        keeps = line.keeps_times
        off_by = _OFF_BY_IN_AVI if line.outputs[0].muxer == "avi" else _OFF_BY
        promise = Promise(duration=keeps, frames=keeps, off_by=off_by, streams=promised)
        return replace(recipe, outputs=(replace(recipe.outputs[0], promise=promise),))


def _tag_words(output: Output, source: SourceStreams, inspection: Inspection) -> Iterator[str]:
    """Yield what keeps tags that ffmpeg would lose, where the line says nothing of them."""
    given = {option.name: option.text for option in output.options}
    keeps_all = "use_metadata_tags" in given.get("movflags", "")
    if output.muxer in _MP4_MUXERS and source.has_device_tags and not keeps_all:
        yield from ("-movflags", "+use_metadata_tags")
    is_ogg = inspection.format == "ogg" and output.muxer not in _OGG_MUXERS
    if is_ogg and source.dialogue and "map_metadata" not in given:
        # Ogg has them in the stream.
        index = source.dialogue.streams[0].index
        yield from ("-map_metadata", "0", "-map_metadata", f"0:s:{index}")


def _chapter_words(output: Output, source: SourceStreams) -> tuple[str, ...]:
    """Return what keeps chapters, where the line says nothing of them or of the file's clock."""
    given = {option.name for option in output.options}
    if output.muxer not in _MP4_MUXERS or not source.has_chapters:
        return ()
    return () if given & {"map_chapters", "movie_timescale"} else CHAPTERS_IN_MP4


def _hdr_losses(output: Output, source: SourceStreams) -> Iterator[str]:
    """Yield that HDR is made in 8 bits, which no player shows right."""
    formats = [option.text for option in output.options if option.name == "pix_fmt"]
    picture = source.film.picture if source.film else None
    is_small = bool(formats) and not re.search(r"1[0-6]", formats[-1])
    if picture and picture.is_hdr and is_small and not output.graphs:
        yield "HDR in 8 bits: players show it grey; tone-map it, or leave out -pix_fmt"


def _takes_film(output: Output) -> bool:
    """Return whether pictures of an output are a film, and not a cover."""
    muxer = load_table().muxers[output.muxer]
    return not (muxer.audio and muxer.video in _MUXERS_OF_COVERS)


def _is_value(words: tuple[str, ...], at: int, output: Output) -> bool:
    """Return whether a word is an option's value and no output's name."""
    return any(
        option.text == output.name and words[at - 1] == option.word for option in output.options
    )


def _is_off(output: Output, kind: StreamKind) -> bool:
    letter = _LETTERS.get(kind)
    return any(option.name == f"{letter}n" for option in output.options)


def _copies(output: Output, kind: StreamKind) -> bool:
    asked = [each for each in output.encoders if each.kind in (kind.value, _singular(kind), "")]
    return bool(asked) and asked[-1].copies


def _singular(kind: StreamKind) -> str:
    return kind.value.rstrip("s")


def _subtitles(output: Output, source: SourceStreams) -> tuple[Stream, ...]:
    """Return the subtitles that ffmpeg would take: one, of the kind that its encoder makes."""
    candidates = source.texts
    if _copies(output, StreamKind.SUBTITLES):
        candidates = (*source.texts, *source.picture_subtitles)
    whole = [stream for stream in candidates if not stream.is_forced] or list(candidates)
    best = next((stream for stream in whole if stream.is_default), next(iter(whole), None))
    return () if best is None else (best,)
