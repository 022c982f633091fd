"""What the bundled ffmpeg knows: its options, encoders, decoders, formats and filters.

The data are in `table.json`, which `make_table.py` writes. They are read when a line is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_NUMBER = re.compile(r"%0?\d*d")
_VALUE_TYPES = {"v": "video", "a": "audio", "s": "subtitle"}


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """What ffmpeg does with an option.

    `scope` is exit, global, file or stream for ffmpeg's own options, and codec, format or converter
    for those of its libraries. `for_input` and `for_output` say whether it may be before an input,
    and before an output.
    """

    takes_value: bool
    scope: str
    for_input: bool
    for_output: bool


@dataclass(frozen=True, slots=True)
class Muxer:
    """A format that ffmpeg writes, with the codecs it takes where none is asked for."""

    name: str
    extensions: tuple[str, ...]
    video: str
    audio: str
    subtitle: str
    is_device: bool


@dataclass(frozen=True, slots=True)
class Table:
    """All that the bundled ffmpeg knows, by name.

    `encoders` and `decoders` give each name's kind of stream; a codec's own name is among them
    where ffmpeg chooses the coder. `filters` give the pads, as in `VV->V`.
    """

    version: str
    own_options: Mapping[str, str]
    generic_options: Mapping[str, str]
    codec_options: Mapping[str, str]
    format_options: Mapping[str, str]
    converter_options: Mapping[str, str]
    encoders: Mapping[str, str]
    decoders: Mapping[str, str]
    muxers: Mapping[str, Muxer]
    demuxers: frozenset[str]
    filters: Mapping[str, str]
    bitstream_filters: frozenset[str]

    def find_option(self, word: str) -> OptionFacts | None:
        """Return what ffmpeg does with an option, written without its dash; None if it has none.

        It looks where ffmpeg does, in the same order.
        """
        name = word.partition(":")[0]
        if (described := self.own_options.get(name)) is not None:
            return _own_facts(described)
        if (letters := self._library_letters(word, name)) is not None:
            scope, which = letters
            return OptionFacts(True, scope, "D" in which, "E" in which)
        described = self.own_options.get(name.removeprefix("no"), "")
        return _own_facts(described) if "negatable" in described.split() else None

    def _library_letters(self, word: str, name: str) -> tuple[str, str] | None:
        if (which := self.codec_options.get(name, self.generic_options.get(name))) is not None:
            # Formats have some options of the same names.
            return "codec", which + self.format_options.get(name, "")
        if name[:1] in _VALUE_TYPES and name[1:] in self.generic_options:
            return "codec", self.generic_options[name[1:]]
        if word in self.format_options:
            return "format", self.format_options[word]
        if word in self.converter_options:
            return "converter", "DE"
        return None

    def option_names(self) -> Iterable[str]:
        """Return the names of all options, ffmpeg's own first."""
        yield from self.own_options
        yield from self.generic_options
        yield from self.codec_options
        yield from self.format_options

    def guess_muxer(self, name: str) -> Muxer | None:
        """Return the muxer that ffmpeg takes for a file name; None where it takes none."""
        dot, extension = name.rpartition("/")[2].rpartition(".")[1:]
        if not dot:
            return None
        extension = extension.lower()
        if extension == "webp" and _NUMBER.search(name):
            # Others of several pictures keep their own muxer, which writes one file of this name.
            return self.muxers["image2"]
        return next((m for m in self.muxers.values() if extension in m.extensions), None)


def _own_facts(described: str) -> OptionFacts:
    words = described.split()
    return OptionFacts("value" in words, words[1], "input" in words, "output" in words)


@cache
def load_table() -> Table:
    """Return the table of the bundled ffmpeg."""
    data = json.loads((resources.files(__package__) / "table.json").read_text("utf-8"))
    codecs: dict[str, str] = data["codecs"]
    return Table(
        version=data["version"],
        own_options=data["options"],
        generic_options=data["generic_options"],
        codec_options=data["codec_options"],
        format_options=data["format_options"],
        converter_options=data["converter_options"],
        encoders=_coders(codecs, "E") | data["encoders"],
        decoders=_coders(codecs, "D") | data["decoders"],
        muxers={
            name: Muxer(
                name,
                tuple(filter(None, facts.get("extensions", "").split(","))),
                facts.get("video", ""),
                facts.get("audio", ""),
                facts.get("subtitle", ""),
                facts.get("device", False),
            )
            for name, facts in data["muxers"].items()
        },
        demuxers=frozenset(data["demuxers"]),
        filters=data["filters"],
        bitstream_filters=frozenset(data["bitstream_filters"]),
    )


def _coders(codecs: Mapping[str, str], letter: str) -> dict[str, str]:
    """Return the codecs that can be written, or read, with their kinds."""
    split = ((name, *facts.partition(" ")[::2]) for name, facts in codecs.items())
    return {name: kind for name, kind, letters in split if letter in letters}
