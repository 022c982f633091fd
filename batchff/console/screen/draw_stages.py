"""The upper rows of the screen: what is done, the whole, and each stage."""

from __future__ import annotations

from dataclasses import replace

from batchff.console.screen.fit import cells, clip, shorten
from batchff.console.screen.glyphs import Glyphs
from batchff.console.screen.line import Line, LineBuilder, Look
from batchff.console.screen.outputs import expected_bytes
from batchff.console.screen.pace import done_weight, eta_text, job_eta, job_fraction, media_speed
from batchff.console.screen.pools import cost, hourly_cost, node_hours
from batchff.console.screen.state import ScreenState
from batchff.console.screen.transfers import Transfer
from batchff.console.screen.words import clock_text, money_text, percent_text, speed_text
from batchff.console.words.text import printable, size
from batchff.wording import counted

_LABEL = 1
_BAR = 10
_ETA_WIDTH = 26
# Narrower screens have no bars but the one of the whole.
_NARROW = 56
_LEAST_JOB = 10
_LEVELS_SHOWN = 12


def bar_width(width: int) -> int:
    """Return how wide the bars of stages are: at 80 columns a quarter of the screen."""
    return 0 if width < _NARROW else min((width - 40) // 2, 60)


def words_column(width: int) -> int:
    """Return the column where a stage's words begin."""
    return _BAR + bar_width(width) + 2 if width >= _NARROW else _BAR


def title_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return what is made of what, the job, and the time that it took so far."""
    line = LineBuilder(width, glyphs)
    elapsed = f"elapsed {clock_text(now - state.began)}"
    preset = clip(printable(state.preset), max(width // 4, 6), glyphs.ellipsis)
    into = f" {glyphs.arrow} {preset}" if preset else ""
    counts = f"   {counted(state.files, 'file')}, {size(state.bytes)}" if state.files else ""
    room = width - cells(elapsed) - 2
    counts = counts if width >= _NARROW else ""
    name_room = max(room - cells(counts) - cells(into), 6)
    name = shorten(state.source or "batchff", min(name_room, max(width // 3, 24)), glyphs.ellipsis)
    line.put(0, name + into, Look.STRONG, width=room)
    line.put(line.end, counts, width=max(room - line.end, 0))
    job_room = width - cells(elapsed) - 2 - line.end - 3 - len("job ")
    if state.job and job_room >= _LEAST_JOB:
        job = f"job {shorten(state.job, job_room, glyphs.ellipsis)}"
        line.put_right(width - cells(elapsed) - 2, job, Look.FAINT)
    return line.put(width - cells(elapsed), elapsed, Look.FAINT).line()


def main_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return the whole: how much is done, and when it will be over."""
    fraction = job_fraction(state, now)
    is_over = fraction >= 1
    room = min(_ETA_WIDTH, width // 2 + 2)
    line = LineBuilder(width, glyphs)
    line.bar(0, width - room - 6, fraction, is_moving=not is_over)
    line.put_right(width - room, percent_text(fraction), Look.STRONG, width=6)
    eta = None if is_over else job_eta(state, now)
    words = "" if is_over else "ETA -" if eta is None else eta_text(eta, glyphs.plus_minus)
    if eta is not None and eta.seconds < 1:
        words = "soon done"  # the last outputs are checked or downloaded: nobody knows how long
    if eta is not None and cells(words) > room - 3:
        words = f"ETA {clock_text(eta.seconds)}"
    return line.put(width - room + 3, words).line()


def inspect_row(stage: Transfer, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how many files were looked into."""
    words = f"{stage.files_done:,} of {counted(stage.files, 'file')}"
    return _row("inspect", stage.fraction, words, stage, width, glyphs)


def ffmpeg_row(stage: Transfer, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how far the nodes' ffmpeg is on its way."""
    return _row("ffmpeg", stage.fraction, _bytes_words(stage, now, ""), stage, width, glyphs)


def upload_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how far the upload is."""
    stage = state.upload
    if stage is None:
        # A watch sends none; nor does a submit of what is in storage.
        words = "starts soon" if state.sends else "no files to send from here"
        return _row("upload", 0.0, words, None, width, glyphs, _not_sent(state))
    words = _bytes_words(stage, now, glyphs.up)
    return _row("upload", stage.fraction, words, stage, width, glyphs, _not_sent(state))


def _not_sent(state: ScreenState) -> tuple[str, ...]:
    """Return how many files failed before there was a task for them, in ever fewer words."""
    made = {work.file for work in state.work.tasks.values()} if state.not_sent else set()
    sent = len(state.not_sent & made)
    none = len(state.not_sent) - sent
    whole = [f"{counted(none, 'file')} not sent"] if none else []
    brief = [f"{none:,} not sent"] if none else []
    whole += [f"{sent:,} made in part"] if sent else []
    partly = [f"{sent:,} partly"] if sent else []
    return ", ".join(whole), ", ".join((*brief, *partly)), (brief or partly or [""])[0]


def download_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how far the download is."""
    stage = state.download
    if stage is None:
        words = "waits for the first output" if state.downloads else "not by this command"
        return _row("download", 0.0, words, None, width, glyphs)
    if not stage.files_done and not stage.bytes:
        words = "waits for the first output" if state.is_job else "starts"
        return _row("download", 0.0, words, stage, width, glyphs)
    expected = expected_bytes(state)
    if expected and stage.ended is None:
        fraction = min(stage.bytes / expected, 0.99)
    else:
        fraction = stage.fraction
    stage = replace(stage, guess=expected, is_guessed=True)
    return _row("download", fraction, _bytes_words(stage, now, glyphs.down), stage, width, glyphs)


def encode_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how many files are encoded, and what the others do."""
    total = state.work.total
    fraction = min(done_weight(state, now) / total, 1.0) if total else 0.0
    line = LineBuilder(width, glyphs).put(_LABEL, "encode")
    is_over = state.encode_ended is not None
    line.bar(_BAR, bar_width(width), 1.0 if is_over else min(fraction, 0.99), is_moving=not is_over)
    column = words_column(width)
    parts = _counts(state, is_brief=width < _NARROW, has_total=width >= _NARROW)
    if not parts:
        return line.put(column, "waits for the first file", Look.FAINT).line()
    comma = "," if width >= _NARROW else ""
    for has_total in (True, False):
        if cells(f"{comma} ".join(words for words, _ in parts)) > width - column:
            parts = _counts(state, is_brief=True, has_total=has_total)
    for number, (words, look) in enumerate(parts):
        line.put(column, words + (comma if number + 1 < len(parts) else ""), look)
        column = line.end + 1
    if is_over and state.encode_began is not None and state.encode_ended is not None:
        line.put(column, f"in {clock_text(state.encode_ended - state.encode_began)}", Look.FAINT)
    return line.line()


def _counts(state: ScreenState, *, is_brief: bool, has_total: bool) -> list[tuple[str, Look]]:
    """Return how many tasks are in which state; they sum to all of them, in every frame."""
    counts = state.counts
    if counts is None:
        return []
    done, failed = counts.succeeded, counts.failed
    # A task whose node was lost waits, before the service counts it so.
    running = max(counts.running - sum(bool(node) for node in state.lost.values()), 0)
    # What hasn't been sent yet is waiting as well.
    total = max(len(state.work.tasks), counts.active + counts.running + done + failed)
    is_of_tasks = counts.batchff and state.files and total > state.files
    of_all = f" of {total:,}{'' if is_brief else ' tasks'}" if is_of_tasks and has_total else ""
    parts = [
        (f"{count:,} {brief if is_brief else word}", look)
        for count, word, brief, look in (
            (running, "running", "run", Look.MOVING),
            (failed, "failed", "fail", Look.FAILED),
            (total - running - done - failed, "queued", "wait", Look.PLAIN),
        )
        if count
    ]
    if done or of_all:
        parts.insert(0, (f"{done:,}{of_all} done", Look.DONE))
    return parts


def speed_row(state: ScreenState, width: int, now: float, glyphs: Glyphs) -> Line:
    """Return how fast the job is, and what it costs where prices are known."""
    line = LineBuilder(width, glyphs).put(_LABEL, "speed")
    speed = media_speed(state, now)
    if speed is None:
        line.put(_BAR, "-", Look.FAINT)
    else:
        line.put(_BAR, f"{speed_text(speed)} of real time")
    column = _BAR + 22
    shown = _LEVELS_SHOWN if width < 120 else 3 * _LEVELS_SHOWN
    levels = _levels(state.pace.levels[-shown:], glyphs)
    if levels and width >= 60:
        line.put(column, levels, Look.MOVING)
    money = _money(state, now, is_brief=width < _NARROW)
    if money:
        column = column + shown + 3 if width >= 60 else line.end + 2
        line.put(column, money)
    return line.line()


def _levels(speeds: tuple[float, ...], glyphs: Glyphs) -> str:
    most = max(speeds, default=0.0)
    if most <= 0:
        return ""
    top = len(glyphs.levels) - 1
    return "".join(glyphs.levels[round(speed / most * top)] for speed in speeds)


def _money(state: ScreenState, now: float, *, is_brief: bool) -> str:
    pool = state.pool
    if pool.terms is None:
        return ""
    currency = pool.terms.currency
    if not state.is_from_its_beginning:
        hourly = hourly_cost(pool)
        return f"cost {money_text(hourly, currency)} an hour now" if hourly else ""
    spent = cost(pool, node_hours(pool, now))
    if spent is None:
        return ""
    if is_brief:
        return money_text(spent, currency)
    eta = job_eta(state, now)
    hourly = hourly_cost(pool)
    if eta is None or hourly is None:
        return f"cost {money_text(spent, currency)} so far"
    whole = spent + hourly * eta.seconds / 3600
    return f"cost {money_text(spent, '')} so far, ~{money_text(whole, currency)}"


def _bytes_words(stage: Transfer, now: float, arrow: str) -> str:
    if stage.ended is not None:
        return size(stage.bytes)
    expected = stage.expected
    about = "~" if stage.total is None else ""
    words = _of(size(stage.bytes), f"{about}{size(expected)}") if expected else size(stage.bytes)
    rate = stage.rate(now)
    return f"{words:<17}  {arrow} {size(int(rate))}/s" if rate else words


def _of(done: str, total: str) -> str:
    """Return a part of a whole, with the unit once where it's the same."""
    (count, unit), whole_unit = done.split(" "), total.split(" ")[1]
    return f"{count if unit == whole_unit else done} of {total}"


def _row(
    label: str,
    fraction: float,
    words: str,
    stage: Transfer | None,
    width: int,
    glyphs: Glyphs,
    more: tuple[str, ...] = (),
) -> Line:
    is_done = stage is not None and stage.ended is not None
    line = LineBuilder(width, glyphs).put(_LABEL, label)
    line.bar(_BAR, bar_width(width), fraction, is_moving=not is_done)
    column = words_column(width)
    # A rate that doesn't fit says nothing.
    words = words if cells(words) <= width - column else words.partition("  ")[0]
    line.put(column, words, Look.PLAIN if stage else Look.FAINT)
    if stage is not None and stage.ended is not None:
        done = f"done in {clock_text(stage.ended - stage.began)}"
        line.put(line.end + 2, done, Look.FAINT)
    fitting = next((words for words in more if cells(words) + 2 <= width - line.end), "")
    line.put(line.end + 2, fitting, Look.FAILED)
    return line.line()
