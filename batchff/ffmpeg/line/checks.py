"""Finds mistakes of a line before it's sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from batchff.ffmpeg.line.errors import LineError, UnknownName, suggest
from batchff.ffmpeg.line.graph import read_token
from batchff.ffmpeg.line.made import Written, is_one_picture, values_of
from batchff.ffmpeg.line.model import Filter, Graph, Line, Option, Output
from batchff.ffmpeg.line.table import Table, load_table

_SILENT = frozenset({"quiet", "-8", "panic", "0", "fatal", "8"})
_GRAPH_INPUT = re.compile(r"(\d+)(:.*)?")
_MANY_PICTURES = frozenset({"fps", "framestep", "framerate", "minterpolate"})
_FEW_PICTURES = frozenset(
    {"tile", "showwavespic", "showspectrumpic", "select", "thumbnail", "trim"}
)


def check_run_options(options: Iterable[Option]) -> list[str]:
    """Return warnings on options of the whole run; raise LineError for those that can't be."""
    warnings = []
    for option in options:
        if option.word == "-n":
            raise LineError(
                "-n keeps ffmpeg from writing its output when a task is tried again",
                word=option.word,
                at=option.at,
                hint="leave it out: existing outputs aren't made again anyway",
            )
        if option.word == "-y":
            warnings.append("-y does nothing here: each task runs in a folder of its own")
        if option.name == "v" and option.text.rpartition("+")[2] in _SILENT:
            warnings.append(f"{option.word} {option.text} hides why a file fails")
    return warnings


class Lacking:
    """What a line names and the bundled ffmpeg lacks: refused, or kept where another may have it.

    `kept` is the list that takes the errors, None to raise them.
    """

    def __init__(self, kept: list[UnknownName] | None) -> None:
        self._kept = kept

    def add(self, error: UnknownName) -> None:
        """Raise the error, or keep it."""
        if self._kept is None:
            raise error
        self._kept.append(error)


def check_filters(graphs: Iterable[Graph], table: Table, lacking: Lacking) -> None:
    """Raise LineError for a filter that the bundled ffmpeg lacks, or of the other kind."""
    for graph in graphs:
        option = graph.option
        is_known = True
        for each in graph.filters:
            pads = table.filters.get(each.name)
            if pads is None:
                is_known = False
                lacking.add(_unknown(each.name, "filter", table.filters, option, table))
            elif not graph.is_complex:
                _check_kind(each, pads, option)
        if is_known and not graph.is_complex:
            _check_pads(graph, table)


def _check_pads(graph: Graph, table: Table) -> None:
    """Refuse filters of one stream's that can't take one and give one."""
    pads = "".join(table.filters[each.name] + " " for each in graph.filters)
    # Of N pads only ffmpeg knows the number.
    if "N" in pads:
        return
    taken = sum(len(part.partition("->")[0].strip("|")) for part in pads.split())
    given = sum(len(part.partition("->")[2].strip("|")) for part in pads.split())
    if taken != given:
        raise LineError(
            f"the filters of {graph.option.word} don't take one stream and give one",
            word=graph.option.text,
            at=graph.option.at + 1,
            hint="write -filter_complex, and what it takes in brackets, as in [0:v][1:v]overlay",
        )


def _check_kind(each: Filter, pads: str, option: Option) -> None:
    of_audio = set(pads) <= set("A->")
    of_video = set(pads) <= set("V->")
    if option.kind == "video" and of_audio:
        right, kind = "-af", "sound"
    elif option.kind == "audio" and of_video:
        right, kind = "-vf", "pictures"
    else:
        return
    raise LineError(
        f"the filter {each.name} is for {kind}, and {option.word} isn't",
        word=each.name,
        at=option.at + 1,
        hint=f"write {right}",
    )


def check_encoders(line: Line, table: Table, lacking: Lacking) -> None:
    """Raise LineError for an encoder, decoder or bitstream filter that the bundled ffmpeg lacks."""
    for encoder in line.encoders:
        kind = encoder.option.kind
        if encoder.copies:
            continue
        if encoder.name not in table.encoders:
            lacking.add(_no_coder(encoder.option, "encoder", table.encoders, table))
        elif kind and table.encoders[encoder.name] != kind:
            raise LineError(
                f"{encoder.name} encodes {table.encoders[encoder.name]}, not {kind}",
                word=encoder.name,
                at=encoder.option.at + 1,
                hint=f"write -c:{table.encoders[encoder.name][0]} {encoder.name}",
            )
    for each in line.inputs:
        for option in each.options:
            if option.name == "c" and option.text not in (*table.decoders, "copy"):
                lacking.add(_no_coder(option, "decoder", table.decoders, table))
    for option in line.all_options:
        if option.name == "bsf":
            _check_bitstream_filters(option, table, lacking)


def _no_coder(option: Option, what: str, known: Iterable[str], table: Table) -> UnknownName:
    error = _unknown(option.text, what, known, option, table)
    if what == "encoder" and option.text in table.decoders:
        near = suggest(option.text, known)
        error.hint = "it only decodes" + (f"; {near}" if near else "")
    return error


def _unknown(
    name: str, what: str, known: Iterable[str], option: Option, table: Table
) -> UnknownName:
    names = tuple(known)
    return UnknownName(
        f"ffmpeg {table.version} has no {what} '{name}'",
        word=name,
        at=option.at + 1,
        hint=suggest(name, names) or "give the nodes one that has it: --ffmpeg image, apt or a URL",
    )


def _check_bitstream_filters(option: Option, table: Table, lacking: Lacking) -> None:
    at = 0
    while at < len(option.text):
        part, at = read_token(option.text, at, ",")
        at += 1
        name = part.partition("=")[0].strip()
        if name not in table.bitstream_filters:
            known = table.bitstream_filters
            lacking.add(_unknown(name, "bitstream filter", known, option, table))


def check_labels(line: Line) -> None:
    """Raise LineError for a map or a graph that takes an input or a label that there isn't."""
    count = len(line.inputs)
    made = {label for graph in line.complex_graphs for label in graph.open_outputs}
    for output in line.outputs:
        for each in output.maps:
            at = each.option.at + 1
            if each.input is not None and each.input >= count:
                raise _no_input(each.option.text, each.input, count, at)
            if each.label and each.label not in made and not _GRAPH_INPUT.fullmatch(each.label):
                raise LineError(
                    f"-map [{each.label}] takes what no filter graph makes",
                    word=each.option.text,
                    at=at,
                    hint=suggest(each.label, made)
                    or "a label is taken once, by a -map or a filter",
                )
    for graph in line.complex_graphs:
        for label in (label for each in graph.filters for label in each.inputs):
            found = _GRAPH_INPUT.fullmatch(label)
            own = {label for each in graph.filters for label in each.outputs}
            if found and label not in own and int(found[1]) >= count:
                raise _no_input(f"[{label}]", int(found[1]), count, graph.option.at + 1)


def _no_input(word: str, number: int, count: int, at: int) -> LineError:
    had = "there is one" if count == 1 else f"there are {count}"
    return LineError(
        f"{word} takes input {number}, but {had}, counted from 0",
        word=word,
        at=at,
        hint="give files beside the source by --with; -i {with:0} is the first of them",
    )


def check_passes(line: Line, earlier: Sequence[Line]) -> None:
    """Raise LineError for a second pass without a first."""
    logs = [made for each in earlier for made in each.makes]
    for output in line.outputs:
        prefix = values_of(output.options).get("passlogfile", "ffmpeg2pass")
        for option in output.options:
            if option.name != "pass":
                continue
            if option.text not in ("1", "2", "3"):
                raise LineError(
                    f"-pass {option.text} isn't 1, 2 or 3", word=option.text, at=option.at + 1
                )
            if option.text != "1" and not any(made.matches(f"{prefix}-0.log") for made in logs):
                raise LineError(
                    f"{option.word} {option.text} needs the log of a first pass",
                    word=option.text,
                    at=option.at + 1,
                    hint="one line is one run: use a preset with two runs, or -crf",
                )


def check_pictures(line: Line) -> list[str]:
    """Return warnings on outputs of one picture; raise LineError where there are surely more."""
    warnings = []
    for output in line.outputs:
        values = values_of(output.options)
        muxer = load_table().muxers[output.muxer]
        written = Written(output.name, output.name, None, values)
        if not is_one_picture(muxer, written) or "frames" in values:
            continue
        names = {each.name for graph in output.graphs for each in graph.filters}
        hint = "write -frames:v 1 for one, or a number's place as in picture%03d.jpg for all"
        if (names & _MANY_PICTURES or "r" in values) and not names & _FEW_PICTURES:
            shown = _fewest(output)
            raise LineError(
                f"{shown} makes many pictures, and '{output.name}' is the name of one",
                word=output.name,
                hint=hint,
            )
        warnings.append(f"'{output.name}' takes one picture; of a film there are more: {hint}")
    return warnings


def check_playlists(line: Line) -> list[str]:
    """Return warnings on playlists that leave out the film's beginning."""
    warnings = []
    for output in line.outputs:
        values = values_of(output.options)
        kept = values.get("hls_list_size", "5")
        if output.muxer == "hls" and kept != "0" and "hls_playlist_type" not in values:
            warnings.append(
                f"'{output.name}' names only its last {kept} segments: "
                "write -hls_playlist_type vod for all"
            )
    return warnings


def _fewest(output: Output) -> str:
    for graph in output.graphs:
        for each in graph.filters:
            if each.name in _MANY_PICTURES:
                return f"the filter {each.name}"
    return "-r"
