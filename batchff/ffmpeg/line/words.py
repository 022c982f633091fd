"""Splits a line into options, inputs and outputs, in ffmpeg's own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from batchff.ffmpeg.line.errors import LineError, UnknownName, suggest
from batchff.ffmpeg.line.files import ENCODER_FILES
from batchff.ffmpeg.line.model import Option, Side
from batchff.ffmpeg.line.places import INPUT, refuse_within
from batchff.ffmpeg.line.table import OptionFacts, Table

# Old spellings, and what they stand for.
_PLAIN = {
    "vcodec": ("c", "v"),
    "acodec": ("c", "a"),
    "scodec": ("c", "s"),
    "dcodec": ("c", "d"),
    "codec": ("c", ""),
    "vf": ("filter", "v"),
    "af": ("filter", "a"),
    "vframes": ("frames", "v"),
    "aframes": ("frames", "a"),
    "dframes": ("frames", "d"),
    "vtag": ("tag", "v"),
    "atag": ("tag", "a"),
    "stag": ("tag", "s"),
    "aq": ("q", "a"),
    "qscale": ("q", ""),
    "ab": ("b", "a"),
    "lavfi": ("filter_complex", ""),
    "loglevel": ("v", ""),
    "ch_layout": ("channel_layout", ""),
}
_GONE = {
    "vsync": "write -fps_mode",
    "filter_complex_script": "write the graph in the line, with -filter_complex",
    "filter_script": "write the graph in the line, with -filter",
    "vbsf": "write -bsf:v",
    "absf": "write -bsf:a",
    "deinterlace": "write -vf yadif",
    "map_channel": "write -af with pan, channelmap or channelsplit",
    "vol": "write -af volume",
    "intra": "write -g 1",
    "alang": "write -metadata:s:a:0 language=…",
    "vlang": "write -metadata:s:v:0 language=…",
    "slang": "write -metadata:s:s:0 language=…",
    "sameq": "write -crf or -q:v",
    "psnr": "write -lavfi psnr",
    "adrift_threshold": "write -af aresample",
}
_MAY_HAVE_PLACES = frozenset({"filter", "filter_complex", *ENCODER_FILES})
"""Options whose values may name files within."""

_FREE_TEXT = frozenset({"metadata", "timecode", "program", "stream_group"})


@dataclass(slots=True)
class Group:
    """An input or output as written: the options before it, and its own word."""

    side: Side
    word: str
    at: int
    options: list[Option] = field(default_factory=list)


@dataclass(slots=True)
class Split:
    """A line's words by what they belong to. `left` are options after the last input or output."""

    words: tuple[str, ...]
    offset: int
    run: list[Option] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    left: list[Option] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def split_words(words: Sequence[str], table: Table) -> Split:
    """Return the words' groups; raise LineError for what ffmpeg wouldn't take."""
    for at, word in enumerate(words):
        _check_word(word, at)
    words = tuple(words)
    has_input = any(pair == ("-i", INPUT) for pair in zip(words, words[1:], strict=False))
    if not has_input:
        words = ("-i", INPUT, *words)
    split = Split(words, offset=0 if has_input else 2)
    at = 0
    while at < len(words):
        at = _take(split, at, table)
    implied = not has_input
    for group in split.groups:
        split.warnings += _placed(group.options, group.side, table, implied)
    split.warnings += _placed(split.left, Side.OUTPUT, table, implied)
    return split


def _check_word(word: str, at: int) -> None:
    """Refuse a word that recipe.txt can't hold."""
    if "\n" in word or "\0" in word:
        raise LineError(
            f"the word {ascii(word)} holds a line break or a zero byte", word=word, at=at
        )
    try:
        word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise LineError(f"the word {ascii(word)} isn't valid text", word=word, at=at) from None


def _take(split: Split, at: int, table: Table) -> int:
    """Take the option, input or output at a word; return where the next one is."""
    word, place = split.words[at], at - split.offset
    if word == "--" and at + 1 < len(split.words):
        refuse_within(split.words[at + 1], place + 1)
        _end_group(split, Side.OUTPUT, at + 1)
        return at + 2
    if not word.startswith("-") or word == "-":
        refuse_within(word, place)
        _end_group(split, Side.OUTPUT, at)
        return at + 1
    if word == "-i":
        if at + 1 == len(split.words):
            raise LineError("-i names no input", word=word, at=place, hint=f"write -i {INPUT}")
        is_graph = any(each.name == "f" and each.value == "lavfi" for each in split.left)
        if not is_graph:
            refuse_within(split.words[at + 1], place + 1)
        _end_group(split, Side.INPUT, at + 1)
        return at + 2
    facts = _look_up(word, place, table)
    value = _value(word, split.words[at + 1 :], place, table) if facts.takes_value else None
    option = _option(word, value, place, facts)
    if value is not None and option.name not in _MAY_HAVE_PLACES:
        refuse_within(value, place + 1)
    (split.run if option.side is Side.RUN else split.left).append(option)
    return at + 1 + facts.takes_value


def _end_group(split: Split, side: Side, at: int) -> None:
    options = [
        Option(each.word, each.name, each.specifier, each.value, side, each.at)
        for each in split.left
    ]
    split.groups.append(Group(side, split.words[at], at - split.offset, options))
    split.left = []


def _look_up(word: str, at: int, table: Table) -> OptionFacts:
    facts = table.find_option(word[1:])
    if facts is None:
        raise _unknown(word, at, table)
    if facts.scope == "exit":
        raise LineError(f"{word} only shows what ffmpeg knows and makes nothing", word=word, at=at)
    return facts


def _unknown(word: str, at: int, table: Table) -> LineError:
    name, colon, specifier = word[1:].partition(":")
    if word.startswith("-/"):
        return LineError(
            f"{word} takes its value from a file, which can't be checked",
            word=word,
            at=at,
            hint=f"write the value in the line, after -{word[2:]}",
        )
    if word.startswith("--") and table.find_option(word[2:]):
        hint = f"write one dash: {word[1:]}"
    elif "=" in name and table.find_option(name.partition("=")[0]):
        hint = f"write two words: -{name.partition('=')[0]} {word.partition('=')[2]}"
    elif name in _GONE:
        hint = _GONE[name]
    elif table.find_option(name):
        hint = f"it takes no stream: write -{name}"
    else:
        hint = suggest(name, table.option_names(), before="-")
        hint = hint.removesuffix("?") + f"{colon}{specifier}?" if hint and colon else hint
    return UnknownName(
        f"ffmpeg {table.version} knows no option {word}", word=word, at=at, hint=hint
    )


def _value(word: str, rest: Sequence[str], at: int, table: Table) -> str:
    if not rest:
        raise LineError(f"{word} has no value", word=word, at=at, hint=f"write it after {word}")
    value = rest[0]
    name = word[1:].partition(":")[0]
    looks_like_option = value == "-i" or (
        value[:1] == "-" and len(value) > 1 and table.find_option(value[1:]) is not None
    )
    if looks_like_option and name not in _FREE_TEXT:
        raise LineError(
            f"{word} has no value: {value} after it is an option",
            word=word,
            at=at,
            hint=f"write the value between {word} and {value}",
        )
    return value


def _option(word: str, value: str | None, at: int, facts: OptionFacts) -> Option:
    name, _, specifier = word[1:].partition(":")
    if name in _PLAIN:
        name, kind = _PLAIN[name]
        specifier = f"{kind}:{specifier}".strip(":") if kind else specifier
    side = Side.RUN if facts.scope == "global" else Side.OUTPUT
    return Option(word, name, specifier, value, side, at)


def _placed(options: list[Option], side: Side, table: Table, implied: bool) -> list[str]:
    """Return warnings on options that do nothing on their side; raise for those ffmpeg refuses."""
    warnings = []
    for option in options:
        facts = table.find_option(option.word[1:])
        if facts is None or (facts.for_input if side is Side.INPUT else facts.for_output):
            continue
        if side is Side.INPUT:
            raise LineError(
                f"{option.word} is for an output, but comes before an input",
                word=option.word,
                at=option.at,
                hint="write it after the inputs",
            )
        where = f"write -i {INPUT} after it" if implied else f"write it before -i {INPUT}"
        if facts.scope in ("codec", "format"):
            warnings.append(f"{option.word} is for reading and does nothing here: {where}")
            continue
        raise LineError(
            f"{option.word} is for an input, but comes after it",
            word=option.word,
            at=option.at,
            hint=where,
        )
    return warnings
