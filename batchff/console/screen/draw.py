"""Draw the screen: from its state, a width and a height to lines."""

from __future__ import annotations

from batchff.console.screen.draw_files import file_lines
from batchff.console.screen.draw_nodes import node_cells, node_row
from batchff.console.screen.draw_stages import (
    download_row,
    encode_row,
    ffmpeg_row,
    inspect_row,
    main_row,
    speed_row,
    title_row,
    upload_row,
)
from batchff.console.screen.fit import shorten
from batchff.console.screen.glyphs import Glyphs
from batchff.console.screen.line import Line, LineBuilder, Look
from batchff.console.screen.state import ScreenState
from batchff.console.words.text import printable

_TWO_PANELS = 160
_FILES_SHARE = 0.62
_SECONDS_A_NOTE_STAYS = 20.0
# Of the rows below the stages, failures take at most this share, and never more than so many.
_FAILURES_SHARE = 0.35
_MOST_FAILURES = 8


def draw(state: ScreenState, width: int, height: int, now: float, glyphs: Glyphs) -> list[Line]:
    """Return at most `height` lines, none of which takes more than `width` cells."""
    lines = [
        title_row(state, width, now, glyphs),
        main_row(state, width, now, glyphs),
    ]
    lines += _stages(state, width, now, glyphs)
    left = height - len(lines)
    note = _note(state, width, now, glyphs)
    left -= len(note)
    # Of several, one and how many more there are is the least.
    least = min(2, state.failed)
    most = min(max(int(left * _FAILURES_SHARE), least), _MOST_FAILURES)
    failures = _failures(state, width, most, glyphs)
    if state.is_job and left > len(failures):
        panels = _panels(state, width, left - len(failures), now, glyphs)
        lines += panels
        left -= len(panels)
    # What the panels leave is theirs as well.
    failures = _failures(state, width, min(max(left, most), _MOST_FAILURES), glyphs)
    return [*lines, *failures, *note][:height]


def _stages(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> list[Line]:
    rows = []
    if state.inspect is not None and not state.is_job:
        rows.append(inspect_row(state.inspect, width, now, glyphs))
    if state.ffmpeg is not None:
        rows.append(ffmpeg_row(state.ffmpeg, width, now, glyphs))
    if state.upload is not None or state.is_job:
        rows.append(upload_row(state, width, now, glyphs))
    if state.is_job:
        rows.append(encode_row(state, width, now, glyphs))
    if state.download is not None or state.is_job:
        rows.append(download_row(state, width, now, glyphs))
    if state.is_job:
        rows.append(node_row(state, width, now, glyphs))
        rows.append(speed_row(state, width, now, glyphs))
    return rows


def _panels(state: ScreenState, width: int, height: int, now: float, glyphs: Glyphs) -> list[Line]:
    """Return the files that are encoded and, where there's room, the nodes beside them."""
    if width < _TWO_PANELS:
        return file_lines(state, width, height, now, glyphs)
    files_width = int(width * _FILES_SHARE)
    files = file_lines(state, files_width, height, now, glyphs)
    nodes = node_cells(state, files_width + 2, width, height, now, glyphs)
    rows = max(len(files), len(nodes))
    files += [()] * (rows - len(files))
    nodes += [()] * (rows - len(nodes))
    return [(*left, *right) for left, right in zip(files, nodes, strict=True)]


def _failures(state: ScreenState, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return the newest failures, and how many more there are in the last row."""
    if not state.failures or height < 1:
        return []
    shown = min(len(state.failures), height)
    has_more = state.failed > shown
    if has_more and height > 1:
        shown = min(shown, height - 1)
    lines = []
    name_width = max(min(width // 3, 40), 12)
    for failure in reversed(state.failures[-shown:]):
        name = shorten(failure.file, name_width, glyphs.ellipsis)
        line = LineBuilder(width, glyphs)
        line.put(1, glyphs.failed, Look.FAILED).put(3, name)
        line.put(line.end + 2, printable(failure.reason), Look.FAINT)
        lines.append(line.line())
    more = state.failed - shown
    if more and height > 1:
        words = f"{glyphs.ellipsis} and {more:,} more"
        lines.append(LineBuilder(width, glyphs).put(3, words, Look.FAINT).line())
    return lines


def _note(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> list[Line]:
    if not state.note:
        return []
    if not state.note_is_warning and now - state.noted > _SECONDS_A_NOTE_STAYS:
        return []
    line = LineBuilder(width, glyphs)
    mark = glyphs.warned if state.note_is_warning else " "
    look = Look.MOVING if state.note_is_warning else Look.FAINT
    line.put(1, mark, look).put(3, printable(state.note), look)
    return [line.line()]
