"""Understands an ffmpeg line before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from batchff.ffmpeg.line.checks import (
    Lacking,
    check_encoders,
    check_filters,
    check_labels,
    check_passes,
    check_pictures,
    check_playlists,
    check_run_options,
)
from batchff.ffmpeg.line.errors import LineError, RefusedOutput, UnknownName, suggest
from batchff.ffmpeg.line.files import FilesBeside, checked_name, missing_file
from batchff.ffmpeg.line.graph import parse_graph
from batchff.ffmpeg.line.made import Written, files_made, find_muxer, values_of
from batchff.ffmpeg.line.model import (
    Content,
    Encoder,
    Input,
    InputKind,
    Line,
    Made,
    Map,
    Option,
    Output,
    Side,
)
from batchff.ffmpeg.line.places import INPUT, PLACE
from batchff.ffmpeg.line.table import Table, load_table
from batchff.ffmpeg.line.words import Group, Split, split_words

_MAP_LABEL = re.compile(r"\[([^\]]+)\]")
_MAP_INPUT = re.compile(r"(-?)(\d+)(?::(.*?))?(\?)?(?:,.*)?")
_DEFAULT_NAME = "output"


def parse_line(
    words: Sequence[str],
    *,
    suffix: str = "",
    beside: Sequence[str] = (),
    earlier: Sequence[Line] = (),
    may_only_measure: bool = False,
    lacking: list[UnknownName] | None = None,
) -> Line:
    """Return what an ffmpeg line says; raise LineError for what can't be run or downloaded.

    `words` are what follows `ffmpeg`. The last output's name may be left out: `suffix` is for that
    one. A word `{input}` is the source; where none is an input, it's the first. `beside` are the
    names of the files that lie beside the source, and `{with:0}` is the first of them. Filters may
    name these files too, as in `subtitles={with:0}`. `earlier` are lines that were run before this
    one in the same folder: their files may be read. `may_only_measure` allows a line that makes no
    file, as the first run of a loudness preset. `lacking` is for lines that another ffmpeg may run:
    errors on encoders, decoders and filters that the bundled one lacks are added to it, and not
    raised.
    """
    table = load_table()
    _check_places(words, beside)
    split = split_words(words, table)
    warnings = list(split.warnings)
    warnings += check_run_options(split.run)
    inputs = tuple(
        _input(group, table, beside) for group in split.groups if group.side is Side.INPUT
    )
    complex_graphs = tuple(
        parse_graph(option, is_complex=True)
        for option in split.run
        if option.name == "filter_complex"
    )
    outputs = _outputs(split, suffix, table)
    files = FilesBeside(beside, (made for line in earlier for made in line.makes))
    line = Line(
        words=split.words,
        inputs=inputs,
        outputs=outputs,
        options=tuple(split.run),
        complex_graphs=complex_graphs,
        makes=(),
        reads=(),
        warnings=(),
    )
    check_filters(line.graphs, table, Lacking(lacking))
    check_encoders(line, table, Lacking(lacking))
    check_labels(line)
    check_passes(line, earlier)
    warnings += check_pictures(line) + check_playlists(line)
    _note_files(line, files)
    makes = tuple(made for output in outputs for made in output.makes) + tuple(files.makes)
    _check_makes(makes, line, may_only_measure)
    return replace(
        line,
        makes=tuple(dict.fromkeys(makes)),
        reads=tuple(dict.fromkeys(files.reads)),
        warnings=tuple(dict.fromkeys([*warnings, *files.warnings])),
    )


def _input(group: Group, table: Table, beside: Sequence[str]) -> Input:
    word = group.word
    values = values_of(group.options)
    options = tuple(group.options)
    asked = values.get("f")
    if asked is not None and asked not in table.demuxers:
        at = next(option.at for option in options if option.name == "f") + 1
        hint = suggest(asked, table.demuxers)
        raise UnknownName(
            f"ffmpeg {table.version} reads no format '{asked}'", word=asked, at=at, hint=hint
        )
    if asked == "lavfi":
        option = Option("-i", "i", "", word, Side.INPUT, group.at - 1)
        return Input(word, InputKind.GENERATED, None, options, parse_graph(option, is_complex=True))
    found = PLACE.fullmatch(word)
    if found is None:
        if word in beside:
            return Input(word, InputKind.BESIDE, beside.index(word), options)
        raise _foreign_input(word, group.at)
    if word == INPUT:
        return Input(word, InputKind.SOURCE, None, options)
    return Input(word, InputKind.BESIDE, int(found[1]), options)


def _check_places(words: Sequence[str], beside: Sequence[str]) -> None:
    for at, word in enumerate(words):
        for found in PLACE.finditer(word):
            # int() takes no number of thousands of digits.
            if found[1] is None or found[1] in map(str, range(len(beside))):
                continue
            had = f"{len(beside)} are" if len(beside) > 1 else "one is" if beside else "none is"
            raise LineError(
                f"{found[0]} isn't among the files beside the source: {had} given by --with",
                word=word,
                at=at,
                hint="they are counted from {with:0}",
            )


def _foreign_input(word: str, at: int) -> LineError:
    error = missing_file(word if word.isprintable() else ascii(word), "-i", at)
    if re.match(r"[a-z]+://", word):
        error.hint = "download it first; " + error.hint
    elif word.lower().strip("{}") in ("input", "source"):
        error.hint = f"write {INPUT} for the source"
    else:
        error.hint = f"write {INPUT} for the source; " + error.hint
    return error


def _trailing(option: Option, output: Group) -> LineError:
    return LineError(
        f"{option.word} comes after the last output, {output.word}, and belongs to none",
        word=option.word,
        at=option.at,
        hint=f"write it before {output.word}, or the name of another output after it",
    )


def _outputs(split: Split, suffix: str, table: Table) -> tuple[Output, ...]:
    """Return the outputs that are named, or else the one whose name is left out."""
    written = [group for group in split.groups if group.side is Side.OUTPUT]
    if not written:
        return (_output(_default_output(split.left, suffix), table, is_default=True),)
    if split.left:
        raise _trailing(split.left[0], written[-1])
    return tuple(_output(group, table, is_default=False) for group in written)


def _default_output(options: list[Option], suffix: str) -> Group:
    asked = values_of(options).get("f")
    if not suffix and asked != "null":
        raise LineError(
            "the outputs need a suffix",
            hint="say what ffmpeg is to make, as in --suffix .mp3, or name the output",
        )
    return Group(Side.OUTPUT, _DEFAULT_NAME + suffix, -1, options)


def _output(group: Group, table: Table, *, is_default: bool) -> Output:
    options, values = tuple(group.options), values_of(group.options)
    at = None if is_default else group.at
    word = group.word
    if word == INPUT:
        raise LineError(
            f"{INPUT} is used as an output here", word=word, at=at, hint=f"write -i {INPUT}"
        )
    asked_at = next((each.at + 1 for each in reversed(options) if each.name == "f"), None)
    muxer = find_muxer(word, values, word, at, table, asked_at)
    makes = files_made(muxer, Written(word, word, at, values), table)
    return Output(
        name=word,
        is_default=is_default,
        muxer=muxer.name,
        options=options,
        encoders=tuple(_encoders(options, table)),
        graphs=tuple(parse_graph(option) for option in options if option.name == "filter"),
        maps=tuple(_map(option) for option in options if option.name == "map"),
        makes=makes + tuple(_pass_logs(options)),
    )


def _encoders(options: Iterable[Option], table: Table) -> Iterator[Encoder]:
    for option in options:
        if option.name == "c":
            name = option.text
            yield Encoder(name, option.kind or table.encoders.get(name, ""), option)


def _pass_logs(options: Sequence[Option]) -> Iterator[Made]:
    prefix = "ffmpeg2pass"
    for option in options:
        if option.name == "passlogfile":
            what = f"what {option.word} writes to"
            prefix = checked_name(option.text, option.text, option.at + 1, what)
    for option in options:
        # x264 keeps a second one beside it, and the middle one of three passes writes it anew.
        if option.name == "pass" and option.text in ("1", "3"):
            yield Made(f"{prefix}-*.log*", Content.TEXT, option.word)


def _map(option: Option) -> Map:
    if (label := _MAP_LABEL.fullmatch(option.text)) is not None:
        return Map(option, label[1], None, "", False, False)
    found = _MAP_INPUT.fullmatch(option.text)
    if found is None:
        raise LineError(
            f"-map {option.text} names no stream",
            word=option.text,
            at=option.at + 1,
            hint="write an input and its streams, as in 0:v, or a graph's label, as in [v]",
        )
    away, number, streams, optional = found.groups()
    return Map(option, "", int(number), streams or "", bool(away), bool(optional))


def _note_files(line: Line, files: FilesBeside) -> None:
    for option in line.all_options:
        files.of_option(option)
    for graph in line.graphs:
        files.of_graph(graph)


def _check_makes(makes: Sequence[Made], line: Line, may_only_measure: bool) -> None:
    seen: dict[str, str] = {}
    for made in makes:
        if not made.is_many and seen.setdefault(made.name, made.by) != made.by:
            raise LineError(f"'{made.name}' is made twice, by {seen[made.name]} and {made.by}")
    names = [output.name for output in line.outputs]
    for name in names:
        if names.count(name) > 1 and name != "-":
            raise LineError(f"two outputs are called '{name}'", word=name, hint="name them apart")
    if not makes and not may_only_measure:
        output = line.outputs[-1]
        raise RefusedOutput(
            "the line makes no file: its output is null",
            word=output.name,
            hint="name what is to be made, as in -f framemd5 or --suffix .mp4",
        )
