"""Reads a preset's file. What can be said of it without ffmpeg's table is checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from batchff.ffmpeg.presets.model import (
    Kind,
    Making,
    Parameter,
    Pick,
    Preset,
    PresetOutput,
    PresetRun,
    PromiseWords,
    Streams,
)
from batchff.ffmpeg.presets.parameters import plain, read_value, values_text
from batchff.ffmpeg.presets.source import Source
from batchff.ffmpeg.presets.table import Table, shown
from batchff.model.recipes import Count

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MEASURES = {
    "loudness": ("input_i", "input_tp", "input_lra", "input_thresh", "target_offset"),
    "duration": ("duration",),
}
"""What a run may measure, and the names of what is measured."""

_RESERVED = ("input", "with", "measured", "output")
_PICKS = {
    "video": (Pick.NONE, Pick.FILM, Pick.FILM_IF_ANY, Pick.ALL),
    "audio": (Pick.NONE, Pick.MAIN, Pick.MAIN_IF_ANY, Pick.ALL),
    "subtitles": (Pick.NONE, Pick.TEXT, Pick.ALL),
}
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.([A-Za-z0-9]{1,16}|\{[a-z][a-z0-9_]*\}))")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,16}|\{[a-z][a-z0-9_]*\})")
_SIZE = re.compile(r"\{[a-z][a-z0-9_]*\}")
_LONGEST_DESCRIPTION = 120


def read_preset(
    name: str, source: Source, bases: Mapping[str, Preset], *, is_own: bool = False
) -> Preset:
    """Return the preset that a file describes; raise PresetError that names the line and key.

    `bases` are the presets that it may be based on.
    """
    top = Table(source, (), source.document)
    if "based_on" in top:
        return _based(name, top, source, bases, is_own)
    description = _description(top)
    plays = top.text("plays", "")
    parameters = _parameters(top.table("parameters"))
    texts = top.table("texts")
    pieces = {text: texts.pieces(text) for text in texts.names()}
    for text in pieces:
        _check_name(texts, text, parameters)
    outputs = tuple(_output(table) for table in top.tables("outputs"))
    if not outputs:
        raise top.missing("outputs", "each output begins with [[outputs]]")
    runs = tuple(_run(table, outputs) for table in top.tables("runs"))
    if not runs:
        runs = (PresetRun(("outputs",), tuple(output.name for output in outputs)),)
    top.end()
    preset = Preset(
        name,
        description,
        plays,
        parameters,
        pieces,
        outputs,
        runs,
        source,
        source.text,
        is_own=is_own,
    )
    _check_outputs(preset)
    return preset


def _description(top: Table) -> str:
    text = top.text("description")
    if not text.strip() or len(text) > _LONGEST_DESCRIPTION:
        raise top.error("description", f"must be 1 to {_LONGEST_DESCRIPTION} characters")
    return text


def _based(
    name: str, top: Table, source: Source, bases: Mapping[str, Preset], is_own: bool
) -> Preset:
    base_name = top.text("based_on")
    base = bases.get(base_name)
    if base is None:
        raise top.error(
            "based_on",
            f"there is no preset '{base_name}'",
            hint=f"it may be one that comes with batchff: {', '.join(sorted(bases))}",
        )
    description = _description(top)
    plays = top.text("plays", base.plays)
    for own in ("parameters", "texts", "outputs", "runs"):
        if own in top:
            raise top.error(
                own,
                "can't be used with based_on, which only sets parameters",
                hint=f"leave out based_on; a whole preset to begin with: "
                f"batchff preset show {base_name} --toml",
            )
    defaults = top.table("set")
    parameters = dict(base.parameters)
    for key in defaults.names():
        if key not in parameters:
            known = ", ".join(parameters) or "none"
            hint = f"its parameters are: {known}"
            raise defaults.error(key, f"{base_name} has no such parameter", hint=hint)
        parameters[key] = _with_default(parameters[key], defaults.raw(key), defaults)
    top.end()
    return replace(
        base,
        name=name,
        description=description,
        plays=plays,
        parameters=parameters,
        file_text=source.text,
        is_own=is_own,
    )


def _parameters(tables: Table) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name in tables.names():
        _check_name(tables, name, {})
        found[name] = _parameter(name, tables.table(name))
    return found


def _check_name(table: Table, name: str, taken: Mapping[str, object]) -> None:
    if not NAME.fullmatch(name) or name in _RESERVED:
        raise table.error(
            name,
            "can't be a name" + (": it has a meaning already" if name in _RESERVED else ""),
            hint="a name is up to 40 small letters, digits and underscores, a letter first",
        )
    if name in taken:
        raise table.error(name, "there is a parameter of that name")


def _parameter(name: str, table: Table) -> Parameter:
    if "type" not in table:
        raise table.missing("type", f"it's one of {', '.join(Kind)}")
    kind = Kind(table.choice("type", tuple(Kind), ""))
    choices = table.texts("choices")
    if (kind is Kind.CHOICE) != bool(choices):
        what = "a choice needs choices" if kind is Kind.CHOICE else f"is not for type {kind}"
        raise table.error("choices", what, hint='as in choices = ["fast", "slow"]')
    for number, choice in enumerate(choices):
        if choice in choices[:number]:
            raise table.error((*table.key, "choices", number), f"'{choice}' is there twice")
        if not re.fullmatch(r"[A-Za-z0-9._+-]+", choice):
            key = (*table.key, "choices", number)
            raise table.error(key, "a choice is letters, digits, dots, dashes, underscores, pluses")
    least, most = table.number("least"), table.number("most")
    if kind in (Kind.CHOICE, Kind.TEXT):
        for bound in ("least", "most"):
            if bound in table:
                raise table.error(bound, f"is not for type {kind}")
    if least is not None and most is not None and least > most:
        raise table.error("least", f"is above most, which is {plain(most)}")
    if "default" not in table:
        raise table.missing("default", f"it's {values_text(Parameter(name, kind, '', ''))}")
    parameter = Parameter(name, kind, "", table.text("help"), least, most, choices)
    parameter = _with_default(parameter, table.raw("default"), table, "default")
    table.end()
    return parameter


def _with_default(parameter: Parameter, value: object, table: Table, key: str = "") -> Parameter:
    key = key or parameter.name
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(values_text(parameter))
        if isinstance(value, str) and parameter.kind in (Kind.INTEGER, Kind.NUMBER):
            raise ValueError(f"{values_text(parameter)}, without quotes")
        default = read_value(parameter, value)
    except ValueError as error:
        raise table.error(key, f"must be {error}, not {shown(value)}") from None
    return replace(parameter, default=default)


def _output(table: Table) -> PresetOutput:
    is_folder = "folder" in table
    if is_folder == ("file" in table):
        said = "and folder exclude each other" if is_folder else "is missing"
        raise table.error("file", said, hint='write file = "film.mp4", or folder = "pictures"')
    path = _path(table, is_folder)
    writes = ""
    suffixes: tuple[str, ...] = ()
    if is_folder:
        writes = table.text("writes")
        suffixes = table.texts("suffixes")
        if not suffixes:
            hint = 'it lists the suffixes of the files in it, as in suffixes = [".jpg"]'
            raise table.missing("suffixes", hint)
        for number, suffix in enumerate(suffixes):
            if not _SUFFIX.fullmatch(suffix):
                key = (*table.key, "suffixes", number)
                raise table.error(key, f"'{suffix}' is no suffix", hint="write it as in .jpg")
    name = table.text("name", "")
    if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", name):
        raise table.error("name", "a name is up to 40 letters, digits, dashes and underscores")
    promise = _promise(table.table("promise"))
    making = _making(table)
    table.end()
    return PresetOutput(table.key, name, path, is_folder, writes, suffixes, promise, making)


def _path(table: Table, is_folder: bool) -> str:
    key = "folder" if is_folder else "file"
    path = table.text(key)
    if not (_FOLDER if is_folder else _FILE).fullmatch(path):
        right = "a plain word, as in pictures" if is_folder else "a plain word, as in film.mp4"
        reason = "can't be an output"
        if path.startswith("/") or re.match(r"[A-Za-z]:", path):
            reason += ": it's an absolute path"
        elif ".." in path.split("/"):
            reason += ": it leaves the folder where ffmpeg runs"
        raise table.error(key, f"'{path}' {reason}", hint=f"write {right}")
    stem = path.partition(".")[0]
    if stem == "input" or path.endswith((".manifest", ".part")):
        raise table.error(key, f"'{path}' is the name of another file on the node")
    return path


def _promise(table: Table) -> PromiseWords:
    counts = {
        kind: table.choice(kind, tuple(Count), "") for kind in ("video", "audio", "subtitles")
    }
    sizes = {}
    for side in ("width", "height"):
        value = table.raw(side)
        is_number = isinstance(value, int) and not isinstance(value, bool) and value > 0
        is_name = isinstance(value, str) and _SIZE.fullmatch(value)
        if value is not None and not is_number and not is_name:
            hint = f'write {side} = 720, or {side} = "{{NAME}}"'
            raise table.error(side, "must be a number of pixels, or a parameter", hint=hint)
        sizes[side] = "" if value is None else str(value)
    promise = PromiseWords(
        **counts,
        **sizes,
        duration=table.flag("duration", False),
        frames=table.flag("frames", False),
        decodes=table.flag("decodes", True),
    )
    table.end()
    return promise


def _making(table: Table) -> Making:
    return Making(
        _streams(table.table("streams")),
        table.pieces("video_filters"),
        table.pieces("audio_filters"),
        table.pieces("arguments"),
    )


def _streams(table: Table) -> Streams:
    def pick(kind: str) -> Pick:
        return Pick(table.choice(kind, _PICKS[kind], Pick.NONE))

    streams = Streams(
        video=pick("video"),
        audio=pick("audio"),
        subtitles=pick("subtitles"),
        attachments=table.flag("attachments", False),
        cover=table.flag("cover", False),
        chapters=table.flag("chapters", True),
        tags=table.flag("tags", True),
        join_mono=table.flag("join_mono", True),
    )
    table.end()
    return streams


def _run(table: Table, outputs: tuple[PresetOutput, ...]) -> PresetRun:
    makes = table.texts("makes")
    known = {output.name or output.path: output for output in outputs}
    for number, name in enumerate(makes):
        if name not in known:
            hint = f"the outputs are: {', '.join(known)}"
            raise table.error((*table.key, "makes", number), f"no output is '{name}'", hint=hint)
    measures = table.choice("measures", tuple(MEASURES), "")
    reads = table.text("reads", "")
    if reads and reads not in [output.path for output in outputs if not output.is_folder]:
        raise table.error("reads", f"no output is called '{reads}'")
    making = _making(table) if not makes else Making(Streams())
    run = PresetRun(
        table.key,
        tuple(known[name].name for name in makes),
        reads,
        measures,
        table.pieces("input"),
        table.pieces("inputs"),
        table.pieces("graph"),
        making,
    )
    table.end()
    return run


def _check_outputs(preset: Preset) -> None:
    """Refuse outputs of the same name, those that no run makes, and those that two make."""
    source = preset.source
    seen: set[tuple[str, str]] = set()
    made_before: set[str] = set()
    for run in preset.runs:
        if run.reads and run.reads not in made_before:
            hint = "runs are done in their order; leave it out to read the source"
            raise source.error(
                (*run.key, "reads"), f"no earlier run makes '{run.reads}'", hint=hint
            )
        made_before |= {output.path for output in preset.outputs if output.name in run.makes}
    for output in preset.outputs:
        if len(preset.outputs) > 1 and not output.name:
            raise source.error(
                (*output.key, "name"), "is missing", hint="of several outputs each has a name"
            )
        path_key = "folder" if output.is_folder else "file"
        for what, key, text in (("name", "name", output.name), ("path", path_key, output.path)):
            # On many machines File and file are one.
            if text and (what, text.lower()) in seen:
                hint = "name them apart, also without regard to capitals"
                raise source.error(
                    (*output.key, key), f"two outputs are called '{text}'", hint=hint
                )
            seen.add((what, text.lower()))
    made = [name for run in preset.runs for name in run.makes]
    for output in preset.outputs:
        if made.count(output.name) != 1:
            said = "no run makes it" if output.name not in made else "two runs make it"
            name = output.name or output.path
            raise source.error(output.key, said, hint=f'in [[runs]] write makes = ["{name}"]')
