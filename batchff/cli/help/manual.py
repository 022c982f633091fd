"""The manual page, made of the commands' own help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup

from batchff import __version__
from batchff.cli.words.examples import example_lines
from batchff.errors import ExitCode

_EXIT_CODES = {
    ExitCode.DONE: "all was done",
    ExitCode.ERROR: "something else went wrong",
    ExitCode.USAGE: "the command was written wrongly",
    ExitCode.TASKS_FAILED: "some tasks failed or never ran",
    ExitCode.TIMED_OUT: "the time given to wait is over; the job goes on",
    ExitCode.SIGN_IN: "sign-in or profile",
    ExitCode.INTERRUPTED: "interrupted; the job goes on",
}


def manual_page(root: Any) -> str:
    """Return the page `batchff(1)` in the format that `man` reads."""
    lines = [
        f'.TH BATCHFF 1 "" "batchff {__version__}" "User commands"',
        ".SH NAME",
        r"batchff \- turn a folder of media into other media on many machines, with ffmpeg",
        ".SH SYNOPSIS",
        ".B batchff",
        ".RI [ options ]",
        ".I command",
        ".RI [ arguments ]",
        ".SH DESCRIPTION",
        "Uploads the files of a folder to Azure Blob Storage, runs ffmpeg on each on nodes of an",
        "Azure Batch pool, checks what was made, and downloads it. Without an account it does the",
        "same on this machine, on an emulator of its own.",
        ".SH OPTIONS",
        *_options(root, root.command.params),
        ".SH COMMANDS",
        *_commands(root),
        ".SH EXIT STATUS",
        *(line for code, words in _EXIT_CODES.items() for line in _item(str(int(code)), words)),
        ".SH FILES",
        *_item(
            "~/.config/batchff/profiles.toml", "accounts and defaults; see: batchff profile path"
        ),
        ".SH ENVIRONMENT",
        *_item("BATCHFF_PROFILE", "the profile to use"),
        *_item("BATCHFF_…", "any setting of a profile, as in BATCHFF_POOL_NODES"),
        *_item("NO_COLOR", "no colours"),
        ".SH EXAMPLES",
        *_examples(""),
        ".SH SEE ALSO",
        "batchff help, for topics such as presets, profiles and scripts; ffmpeg(1)",
    ]
    return "\n".join(line for line in lines if line)


def _commands(context: Any, path: str = "") -> Iterator[str]:
    group = context.command
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = type(context)(command, info_name=name, parent=context)
        whole = f"{path} {name}".strip()
        if isinstance(command, TyperGroup):
            yield from _commands(inner, whole)
            continue
        yield f".SS {_escaped(whole)}"
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f".B batchff {_escaped(whole)}"
        yield _escaped(usage)
        yield ".PP"
        for paragraph in (command.help or "").split("\n\n"):
            yield _escaped(" ".join(paragraph.split()))
            yield ".PP"
        yield from _options(inner, command.params)
        yield from _examples(whole)


def _options(context: Any, parameters: list[Any]) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record is not None:
            yield from _item(*record)


def _item(term: str, words: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_escaped(term)}"
    yield _escaped(" ".join(words.split())) or r"\&"


def _examples(path: str) -> Iterator[str]:
    lines = list(example_lines(path))
    if lines:
        yield ".PP"
        yield ".nf"
        yield from (f".RS 4\n{_escaped(line)}\n.RE" for line in lines)
        yield ".fi"


def _escaped(text: str) -> str:
    r"""Return text that troff takes as it is: no escapes, and no line that begins a request."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text
