"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.completion.values import complete_chunk, complete_pool
from batchff.errors import UsageError
from batchff.model.duration import parse_duration

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter
    from batchff.pipeline.sources import FoundMedia


Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Folders and files to take.", show_default=False),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        help="Take only files that match this glob, whatever their suffix; repeatable.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave out files that match this glob; repeatable."),
]
PoolArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The pool's id, or the beginning of it.",
        autocompletion=complete_pool,
        show_default=False,
    ),
]
Bell = Annotated[bool, typer.Option("--bell", help="Ring the terminal's bell at the end.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
JobName = Annotated[
    str | None,
    typer.Option(
        "--job", metavar="ID", help="The job's id.  [default: made from files and preset]"
    ),
]
PoolId = Annotated[
    str | None,
    typer.Option(
        "--pool",
        metavar="ID",
        help="The pool to use or make.  [default: one for these settings]",
        autocompletion=complete_pool,
    ),
]


ClipList = Annotated[
    Path | None,
    typer.Option(
        "--list",
        metavar="FILE",
        help="Take the files of this CSV instead of PATH. Its columns: file, and if wanted start, "
        "end, preset.",
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="FILE",
        help="A second input: '{stem}.srt' beside each file, or logo.png for all. In ffmpeg's "
        "arguments the first is {with:0}; repeatable.",
    ),
]
Carry = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        help="Put files that match this glob beside the outputs, as they are; repeatable.",
    ),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Encode all files, also those that an earlier job encoded."),
]
KeepTimes = Annotated[
    bool, typer.Option("--keep-times", help="Give outputs their source's time of modification.")
]
Salvage = Annotated[
    bool,
    typer.Option(
        "--salvage",
        help="Encode what is left of a file that is cut off or damaged. Without it, such a file "
        "fails.",
    ),
]


def warn_of_unmatched(found: FoundMedia, console: Reporter) -> None:
    """Warn of each glob that matched no file: it's often a slip."""
    from batchff.events import Warned

    for words in found.unmatched:
        console.report(Warned(f"{words} matches no file"))


def globs(values: Iterable[str] | None) -> tuple[str, ...]:
    """Return a repeatable option's values."""
    return tuple(values or ())


def seconds(text: str) -> float:
    """Read a duration such as `90`, `90s`, `30m`, `2h` or `1d`; return seconds."""
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Chunk = Annotated[
    str | None,
    typer.Option(
        "--chunk",
        metavar="auto|SECONDS|off",
        help="Encode a long film in chunks of about so many seconds, on many nodes, and join them; "
        "auto does so where it's quicker.  [default: auto]",
        show_default=False,
        autocompletion=complete_chunk,
    ),
]
_SHORTEST_CHUNK = 1.0
_LONGEST_CHUNK = 3600.0


def chunk_seconds(text: str | None) -> float | None:
    """Return what --chunk says: so many seconds, 0 for `off`, None for `auto`."""
    if text is None or text == "auto":
        return None
    if text == "off":
        return 0.0
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if not _SHORTEST_CHUNK <= seconds <= _LONGEST_CHUNK:
        raise UsageError(
            f"--chunk: {text!r} is no length of a chunk",
            hint="give a number of seconds from 1 to 3600, auto or off",
        )
    return seconds
