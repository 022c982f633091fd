"""The files that are being encoded, a row each, in columns that don't move."""

from __future__ import annotations

from dataclasses import dataclass

from batchff.console.screen.fit import cells, clip, shorten
from batchff.console.screen.glyphs import Glyphs
from batchff.console.screen.line import Line, LineBuilder, Look
from batchff.console.screen.pace import eta_of, fraction_of, is_sure
from batchff.console.screen.state import Running, ScreenState
from batchff.console.screen.words import clock_text, percent_text, speed_text
from batchff.console.words.text import printable

_LEAST_NAME = 14
# While a node fetches the input, there's nothing to say yet.
_FETCHING = "starts"
_CHECKING = "check"
_AGAIN = "again"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each column ends, None for one that there's no room for."""

    name: int
    bar: int
    bar_width: int
    percent: int
    eta: int
    speed: int | None
    fps: int | None
    node: int | None


def _columns(width: int) -> _Columns:
    """Give the columns a width: the less matter the first to go."""
    has_node, has_fps, has_speed = width >= 66, width >= 74, width >= 52
    bar = 24 if width >= 120 else 10 if width >= 72 else 6 if width >= 58 else 0
    right = width
    node = right if has_node else None
    right -= 6 if has_node else 0
    eta = right
    right -= 9
    fps = right if has_fps else None
    right -= 7 if has_fps else 0
    speed = right if has_speed else None
    right -= 7 if has_speed else 0
    percent = right
    right -= 7
    bar_begin = right - bar if bar else right
    return _Columns(max(bar_begin - 1, _LEAST_NAME), bar_begin, bar, percent, eta, speed, fps, node)


def file_lines(
    state: ScreenState, width: int, height: int, now: float, glyphs: Glyphs
) -> list[Line]:
    """Return a heading and the files that run, as many as fit; then how many more there are."""
    running = sorted(state.running.values(), key=lambda task: (task.began, task.task))
    if not running:
        return _waiting(state, width, now, glyphs)
    if height < 2:
        return []
    columns = _columns(width)
    room = height - 1
    shown = running if len(running) <= room else running[: room - 1]
    lines = [_heading(columns, width, glyphs)]
    lines += [_row(task, state, columns, width, now, glyphs) for task in shown]
    more = len(running) - len(shown)
    if more:
        words = f"{glyphs.ellipsis} and {more:,} more"
        lines.append(LineBuilder(width, glyphs).put(1, words, Look.FAINT).line())
    return lines


def _heading(columns: _Columns, width: int, glyphs: Glyphs) -> Line:
    line = LineBuilder(width, glyphs).put(1, "FILE", Look.FAINT)
    if columns.bar_width:
        line.put(columns.bar, "DONE", Look.FAINT)
    line.put_right(columns.percent, "%", Look.FAINT)
    for end, words in (
        (columns.speed, "SPEED"),
        (columns.fps, "FPS"),
        (columns.eta, "ETA"),
        (columns.node, "NODE"),
    ):
        if end is not None:
            line.put_right(end, words, Look.FAINT)
    return line.line()


def _row(
    task: Running, state: ScreenState, columns: _Columns, width: int, now: float, glyphs: Glyphs
) -> Line:
    line = LineBuilder(width, glyphs)
    room = columns.name - 2
    again = f" {_AGAIN}" if task.is_again else ""
    work = state.work.tasks.get(task.task)
    labels = [each for each in (work.preset, work.part) if each] if work else []
    preset = clip("".join(f" {glyphs.between} {printable(each)}" for each in labels), room // 2)
    name_room = room - cells(again) - cells(preset)
    line.put(1, shorten(task.file, name_room, glyphs.ellipsis), width=name_room)
    line.put(line.end, preset)
    if again:
        line.put(line.end, again, Look.MOVING)
    fraction = fraction_of(task, now)
    if columns.bar_width:
        line.bar(columns.bar, columns.bar_width, fraction or 0.0)
    if task.is_checking:
        line.put_right(columns.percent, _CHECKING, Look.MOVING)
        if columns.fps is not None:
            line.put(columns.percent + 2, "decoding the output", Look.FAINT)
    elif fraction is None:
        line.put_right(columns.percent, _FETCHING, Look.FAINT)
    else:
        line.put_right(columns.percent, percent_text(fraction))
        if columns.speed is not None and task.speed is not None:
            line.put_right(columns.speed, speed_text(task.speed), width=6)
        if columns.fps is not None and task.fps:
            line.put_right(columns.fps, f"{min(task.fps, 99_999):.0f}", width=6)
        eta = eta_of(task, now) if is_sure(task) else None
        if eta is not None:
            line.put_right(columns.eta, clock_text(eta), width=8)
    node = state.pool.nodes.get(task.node)
    if columns.node is not None and node is not None:
        line.put_right(columns.node, f"n{node.number}", Look.FAINT)
    return line.line()


def _waiting(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> list[Line]:
    """Return what is waited for while no task runs; something moves all the same."""
    if state.encode_ended is not None or state.counts is None:
        return []
    if not state.counts.active and not state.counts.running:
        return []
    spinner = glyphs.spinner[int(now * 4) % len(glyphs.spinner)]
    line = LineBuilder(width, glyphs).put(1, spinner, Look.MOVING)
    return [(), line.put(3, _waiting_words(state, now)).line()]


def _waiting_words(state: ScreenState, now: float) -> str:
    pool = state.pool
    booting = [node for node in pool.nodes.values() if node.is_booting]
    if booting:
        longest = max(now - node.seen for node in booting)
        words = f"{len(booting)} nodes boot" if len(booting) > 1 else "a node boots"
        words = f"{words}, since {clock_text(longest)}"
    elif pool.nodes:
        words = "tasks are about to start"
    else:
        words = "waiting for the first node"
    if pool.boots:
        usual = sorted(pool.boots)[len(pool.boots) // 2]
        return f"{words}; here others took {clock_text(usual)}"
    if pool.terms is None or (pool.nodes and not booting):
        return words
    expected = "some seconds here" if pool.terms.here else "some minutes on Azure"
    return f"{words}; that usually takes {expected}"
