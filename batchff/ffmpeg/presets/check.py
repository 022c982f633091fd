"""Checks a preset: its names by its own words, its arguments by what ffmpeg knows."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Mapping

from batchff.ffmpeg.line import INPUT, LineError, Made, UnknownName, parse_line
from batchff.ffmpeg.line.model import Content, Line
from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.model import Kind, Making, Piece, Pieces, Preset, PresetRun, Value
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.ffmpeg.presets.read import MEASURES, NAME
from batchff.ffmpeg.presets.resolve import BRACES, OF_THE_SOURCE, Filler, Word, is_filled_later
from batchff.ffmpeg.presets.source import Key
from batchff.model.recipes import Recipe, RecipeOutput, Run

_MEASURED = re.compile(r"\{measured:[^{}]*\}")


def check_preset(preset: Preset, lacking: list[PresetError] | None = None) -> tuple[str, ...]:
    """Return warnings on a preset; raise PresetError for the first mistake in it.

    Its runs are read as ffmpeg would, with the parameters' defaults and with each one's outermost
    values and choices. Errors on what the bundled ffmpeg lacks, and another may have, are added to
    `lacking` where that's given.
    """
    _check_names(preset)
    found: list[PresetError] | None = None if lacking is None else []
    warnings: list[str] = []
    for settings in _variants(preset):
        warnings += _check_runs(preset, settings, found)
    if lacking is not None:
        lacking += {(error.line, error.key): error for error in found or ()}.values()
    return tuple(dict.fromkeys(warnings))


def _pieces(preset: Preset) -> Iterator[tuple[Piece, frozenset[str]]]:
    """Yield all pieces, each with the names of what was measured before."""
    nothing: frozenset[str] = frozenset()
    for pieces in preset.texts.values():
        yield from ((piece, nothing) for piece in pieces)
    outputs = {output.name: output for output in preset.outputs}
    measured: frozenset[str] = nothing
    for run in preset.runs:
        makings = [run.making, *(outputs[name].making for name in run.makes)]
        of_makings = (pieces for making in makings for pieces in _of_making(making))
        for pieces in (run.input, run.inputs, run.graph, *of_makings):
            yield from ((piece, measured) for piece in pieces)
        measured |= frozenset(MEASURES.get(run.measures, ()))


def _of_making(making: Making) -> tuple[Pieces, ...]:
    return making.video_filters, making.audio_filters, making.arguments


def _check_names(preset: Preset) -> None:
    """Refuse unknown names in braces and conditions, and parameters that nothing uses."""
    used: set[str] = set()
    earlier_texts: dict[Key, set[str]] = {}
    seen: set[str] = set()
    for name, pieces in preset.texts.items():
        for piece in pieces:
            earlier_texts[piece.key] = set(seen)
        seen.add(name)
    for piece, measured in _pieces(preset):
        _check_condition(piece, preset, used)
        texts = earlier_texts.get(piece.key, seen)
        for text in (piece.then, piece.otherwise):
            _check_braces(text, piece.key, preset, texts | set(measured), used)
    for output in preset.outputs:
        of_names = [("writes", output.writes), ("file", output.path), *_sizes(output.promise)]
        of_names += [("suffixes", suffix) for suffix in output.suffixes]
        for key, text in of_names:
            _check_braces(text, (*output.key, key), preset, set(), used)
    for name in (*preset.parameters, *preset.texts):
        if name not in used:
            table = "parameters" if name in preset.parameters else "texts"
            hint = f"write {{{name}}} where its value belongs, or remove it"
            raise preset.source.error((table, name), "is never used", hint=hint)


def _sizes(promise: object) -> list[tuple[str, str]]:
    return [("promise", getattr(promise, side)) for side in ("width", "height")]


def _check_condition(piece: Piece, preset: Preset, used: set[str]) -> None:
    if piece.condition is None:
        return
    name = piece.condition.parameter
    key = (*piece.key, "if")
    parameter = preset.parameters.get(name)
    if parameter is None:
        raise _unknown(name, key, preset, preset.parameters)
    used.add(name)
    wanted = piece.condition.value
    if parameter.kind is Kind.CHOICE and piece.condition.operator in ("=", "!="):
        if wanted not in parameter.choices:
            choices = ", ".join(parameter.choices)
            raise preset.source.error(key, f"'{wanted}' is no choice of {name}: {choices}")
    elif piece.condition.operator and not re.fullmatch(r"-?\d+(\.\d+)?", wanted):
        raise preset.source.error(key, f"{name} is compared with '{wanted}', which is no number")


def _check_braces(text: str, key: Key, preset: Preset, others: set[str], used: set[str]) -> None:
    if {"arguments", "input", "inputs"} & set(key):
        _check_words(text, key, preset)
    for found in BRACES.finditer(text):
        name = found["name"]
        if name is None and len(found[0]) == 1:
            hint = "a brace that is meant as one is written twice"
            raise preset.source.error(key, f"'{found[0]}' is alone", hint=hint)
        if name is None:
            continue
        if is_filled_later(name) and not name.startswith("measured:"):
            _check_place(found[0], text, key, preset)
            continue
        if name.startswith("measured:"):
            if name.removeprefix("measured:") not in others:
                hint = "an earlier run must have measures = …"
                raise preset.source.error(key, f"no earlier run measures {found[0]}", hint=hint)
            continue
        if name in OF_THE_SOURCE and name not in preset.parameters:
            continue
        if name not in preset.parameters and (name not in others or name not in preset.texts):
            raise _unknown(name, key, preset, [*preset.parameters, *preset.texts])
        used.add(name)


def _check_words(text: str, key: Key, preset: Preset) -> None:
    try:
        words = shlex.split(text)
    except ValueError:
        hint = "a quote that is meant as one is written within the other kind"
        raise preset.source.error(key, "a quote isn't closed", hint=hint) from None
    if "-i" in words and "arguments" in key:
        hint = 'a second input goes to inputs = ["-i {with:0}"] of [[runs]]'
        raise preset.source.error(key, "-i can't be one of an output's options", hint=hint)


def _check_place(place: str, text: str, key: Key, preset: Preset) -> None:
    """Refuse the source, or a file beside it, where no run reads it."""
    if {"video_filters", "audio_filters", "graph", "texts"} & set(key):
        return
    is_word = "inputs" in key or ("arguments" in key and place != INPUT)
    if is_word or ("arguments" in key and place not in shlex.split(text)):
        return
    hint = "the source is read already; options before it go to input = […] of [[runs]]"
    if place != INPUT:
        hint = f'as a second input, write inputs = ["-i {place}"] in [[runs]]'
    raise preset.source.error(key, f"{place} can't be used here", hint=hint)


def _unknown(
    name: str, key: Key, preset: Preset, known: Mapping[str, object] | list[str]
) -> PresetError:
    if name in preset.texts:
        hint = "a text may name only parameters, and texts above it"
        return preset.source.error(key, f"the text '{name}' isn't known here", hint=hint)
    near = difflib.get_close_matches(name, list(known), n=1)
    if name.startswith("with:"):
        hint = "files beside the source are counted from {with:0}"
    elif near:
        hint = f"did you mean {near[0]}?"
    elif NAME.fullmatch(name):
        hint = f"describe it in [parameters.{name}]"
    else:
        hint = "a brace that is meant as one is written twice"
    return preset.source.error(key, f"there is no parameter '{name}'", hint=hint)


def _variants(preset: Preset) -> Iterator[dict[str, Value]]:
    """Yield the values to check with: the defaults, then one parameter changed at a time."""
    yield {}
    for name, parameter in preset.parameters.items():
        others: list[Value] = list(parameter.choices)
        others += [bound for bound in (parameter.least, parameter.most) if bound is not None]
        for value in others:
            if parameter.kind is Kind.INTEGER:
                value = int(value)
            if value != parameter.default:
                yield {name: value}


def _check_runs(
    preset: Preset, settings: Mapping[str, Value], lacking: list[PresetError] | None
) -> list[str]:
    """Return the warnings on the runs with these settings; raise PresetError for a mistake."""
    filler = Filler(preset, read_settings(settings, preset))
    outputs = [filler.output(output) for output in preset.outputs]
    lines: list[Line] = []
    written = [filler.run(run) for run in preset.runs]
    for run, words in zip(preset.runs, written, strict=True):
        lines.append(_parsed(preset, run, words, lines, settings, lacking))
    read_later = {name for line in lines for name in line.reads}
    for run, words, line in zip(preset.runs, written, lines, strict=True):
        for made in line.makes:
            key = next((word.key for word in words if word.text == made.by), run.key)
            _check_made(preset, key, made, outputs, read_later)
    for output, of_file in zip(outputs, preset.outputs, strict=True):
        if not any(_belongs(made, output) for line in lines for made in line.makes):
            key = (*of_file.key, "folder" if output.is_folder else "file")
            raise preset.source.error(key, f"ffmpeg doesn't make '{output.node_name}'")
    return [warning for line in lines for warning in line.warnings]


def _parsed(
    preset: Preset,
    run: PresetRun,
    words: list[Word],
    earlier: list[Line],
    settings: Mapping[str, Value],
    lacking: list[PresetError] | None,
) -> Line:
    def of_preset(error: LineError) -> PresetError:
        at = error.at
        if at is None:
            # Without its place it's an output's name.
            at = next((n for n, word in enumerate(words) if word.text == error.word), None)
        key = run.key if at is None or at < 0 else words[at].key
        with_values = "".join(f" (with {name}={value})" for name, value in settings.items())
        return preset.source.error(key, error.message + with_values, hint=error.hint)

    beside = [f"with-{number}" for number in range(_files_beside(words))]
    beside += [made.name for line in earlier for made in line.makes if not made.is_many]
    texts = [_MEASURED.sub("-23", word.text) for word in words]
    unknown: list[UnknownName] | None = None if lacking is None else []
    try:
        line = parse_line(
            texts,
            beside=beside,
            earlier=earlier,
            may_only_measure=not run.makes,
            lacking=unknown,
        )
    except LineError as error:
        raise of_preset(error) from None
    if lacking is not None:
        lacking += map(of_preset, unknown or ())
    makers = [output.key for output in preset.outputs if output.name in run.makes] or [run.key]
    for output, key in zip(line.outputs, makers, strict=False):
        if not output.maps:
            raise preset.source.error(
                (*key, "streams"),
                "nothing of the source is taken",
                hint='say which of its streams, as in streams = { video = "film", audio = "all" }',
            )
    return line


def _files_beside(words: list[Word]) -> int:
    runs = (Run(tuple(word.text for word in words)),)
    return Recipe("", runs, ()).files_beside


def _belongs(made: Made, output: RecipeOutput) -> bool:
    if output.is_folder:
        return made.name.startswith(output.node_name + "/")
    return made.name == output.node_name


def _check_made(
    preset: Preset,
    key: Key,
    made: Made,
    outputs: list[RecipeOutput],
    read_later: set[str],
) -> None:
    """Refuse a file that is made and would be lost."""
    for output, written in zip(outputs, preset.outputs, strict=True):
        if not _belongs(made, output):
            continue
        suffix = "." + made.name.rpartition(".")[2]
        if output.is_folder and made.is_sure and suffix not in output.suffixes:
            raise preset.source.error(
                (*written.key, "suffixes"), f"{suffix} is missing: ffmpeg makes {made.name}"
            )
        return
    is_pass_log = made.content is Content.TEXT and made.by in ("-pass", "-passlogfile")
    if not is_pass_log and made.is_sure and not any(made.matches(name) for name in read_later):
        raise preset.source.error(
            key,
            f"ffmpeg makes '{made.name}' as well, by {made.by}",
            hint="describe it in [[outputs]] of its own, or leave it out",
        )
