"""A list of clips: which files to encode, which part of each, by which preset.

file,start,end,preset
talks/one.mov,1:10,1:40,h264-720
talks/one.mov,10:00,,wav16k
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from batchff.errors import InputError
from batchff.model.items import Cut
from batchff.wording import counted, some_clauses

_COLUMNS = ("file", "start", "end", "preset")
_HINT = "its first line names the columns: file,start,end,preset; only the first one must be there"
_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,6}):)?(\d{1,9}(?:[.,]\d{1,9})?)s?")
_LARGEST = 64 * 1024 * 1024
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class Clip:
    """One line of a list: a file, the part of it, and a preset; empty where the call's is meant."""

    path: Path
    cut: Cut = Cut()
    preset: str = ""


def read_clip_list(path: Path) -> tuple[Clip, ...]:
    """Read a list of clips; paths in it are below the folder that the list is in.

    Columns are divided by commas, semicolons or tabs. A time is seconds or h:mm:ss. Raises
    InputError, with the lines at fault, for what can't be read.
    """
    rows = _rows(path)
    problems: list[str] = []
    clips: dict[Clip, int] = {}
    for line, row in rows:
        try:
            clip = _clip(row, path.parent)
        except ValueError as error:
            problems.append(f"line {line}: {error}")
            continue
        if clip in clips:
            problems.append(f"line {line} is the same as line {clips[clip]}")
        clips.setdefault(clip, line)
    if problems:
        raise InputError(
            f"{str(path)!r} has {counted(len(problems), 'wrong line')}: "
            + some_clauses(problems, _SHOWN_PROBLEMS),
            hint="correct the list; a time is written as 90, 1:30 or 0:01:30.5",
        )
    if not clips:
        raise InputError(f"{str(path)!r} lists no file", hint=_HINT)
    return tuple(clips)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Return the rows of a list with the numbers of their lines."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        why = f"can't read {str(path)!r}: {error.strerror}"
        raise InputError(why, hint="check the path") from error
    if len(content) > _LARGEST:
        raise InputError(f"{str(path)!r} is too large for a list (64 MiB)", hint=_HINT)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{str(path)!r} isn't UTF-8 text (line {line})",
            hint="save it as CSV in UTF-8",
        ) from None
    return _read(text, path)


def _read(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    if text[:4].lower() == "sep=":  # Excel's own way to name the delimiter
        text = text.partition("\n")[2]
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_head(names, path)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if any(cell.strip() for cell in row[len(names) :]):
                raise InputError(
                    f"{str(path)!r}, line {reader.line_num}: there are more columns than in the "
                    "first line",
                    hint="put a name with a comma in it between double quotes",
                )
            yield reader.line_num, dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise InputError(
            f"{str(path)!r}, line {reader.line_num}: {error}", hint="save it as CSV"
        ) from None


def _check_head(names: Sequence[str], path: Path) -> None:
    unknown = [name for name in names if name not in _COLUMNS]
    if "file" not in names:
        raise InputError(f"{str(path)!r} has no column 'file'", hint=_HINT)
    if unknown:
        raise InputError(f"{str(path)!r} has an unknown column {unknown[0]!r}", hint=_HINT)
    if len(set(names)) < len(names):
        raise InputError(f"{str(path)!r} has a column twice", hint=_HINT)


def _clip(row: Mapping[str, str], folder: Path) -> Clip:
    """Return a row as a clip; raise ValueError for one that is none."""
    name = row["file"].strip()
    if not name:
        raise ValueError("there is no file in it")
    start, end = _time(row.get("start", "")), _time(row.get("end", ""))
    if end is not None and end <= (start or 0):
        raise ValueError(f"it ends at {row['end'].strip()}, which isn't after its start")
    # A start of 0 is the beginning, however it's written.
    return Clip(folder / name, Cut(start or None, end), row.get("preset", "").strip())


def _time(text: str) -> Decimal | None:
    written = text.strip()
    if not written:
        return None
    found = _TIME.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no time")
    hours, minutes, seconds = int(found[1] or 0), int(found[2] or 0), _number(found[3])
    # On a clock, what has a larger unit before it ends at 59.
    if (found[2] and seconds >= 60) or (found[1] and minutes >= 60):
        raise ValueError(f"{written!r} is no time")
    return (hours * 3600 + minutes * 60 + seconds).normalize()


def _number(written: str) -> Decimal:
    return Decimal(written.replace(",", "."))
