"""The end of a submit or a watch for people: what was done, what failed, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchff.console.screen.pace import average_speed
from batchff.console.screen.pools import cost, node_hours
from batchff.console.screen.state import Reason
from batchff.console.screen.words import clock_text, money_text, speed_text
from batchff.console.words.text import failure_words, kind_of, printable, size
from batchff.wording import counted, some_of

if TYPE_CHECKING:
    from batchff.cli.words.measured import Measured
    from batchff.console.screen.state import ScreenState
    from batchff.console.tally import Tally
    from batchff.model.jobs import JobOutcome

MOST_LINES = 10
_REASONS = 3
_FEWEST_FAILED = 3
_NAMES = 2
_LEADING_NUMBERS = re.compile(r"^\d[\d.,: ]*(of [\d.,: ]+)?s: ")


@dataclass(frozen=True, slots=True)
class Left:
    """What stays in the cloud after a command: `cleanup` removes it with these options."""

    what: str = ""
    options: str = ""


def end_lines(
    outcome: JobOutcome,
    tally: Tally,
    left: Left,
    advice: Iterable[str],
    *,
    besides: int,
    is_reported: bool = False,
    took: float | None = None,
    measured: Measured | None = None,
) -> tuple[str, ...]:
    """Return what people read at the end, beside so many lines of the result.

    Where it `is_reported`, its report is written already. The job `took` so many seconds, if not
    those that it was watched. `measured` is what nodes measured of its films. All are at most
    `MOST_LINES`. What matters least goes first, and the result never does.
    """
    job, advised = outcome.job, list(advice)
    reasons = _reasons_of(outcome)
    failed = list(_failed(reasons))
    quality, kept_bytes = (measured.words, measured.kept_bytes) if measured else ("", 0)
    made = _sizes(tally, took, kept_bytes)
    sizes = [line] if (line := ", ".join(filter(None, (made, quality)))) else []
    stays = []
    if job and outcome.batchff and left.what:
        how = f"batchff cleanup {job}{left.options}"
        stays = [f"in the cloud: {left.what}; remove with: {how}"]
    report = [f"report: batchff report {job}"] if job and outcome.batchff else []
    report = [] if is_reported else report
    room = MOST_LINES - besides - len(sizes) - len(stays) - len(report)
    # What failed comes before what to do next, and the counts of all of it add up.
    fewest = min(len(failed), _FEWEST_FAILED)
    advised = advised[: max(room - fewest, 0)]
    if len(failed) > room - len(advised):
        failed = list(_failed(reasons, max(room - len(advised), 1) - 1))
    return (*sizes, *failed, *stays, *report, *map(printable, advised))


def so_far_lines(tally: Tally) -> tuple[str, ...]:
    """Return what was done until a command was stopped."""
    state = tally.state
    counts = state.counts
    if counts is None:
        return ()
    done = counts.files_encoded if counts.batchff else counts.succeeded
    failed = max(state.failed, counts.files_failed if counts.batchff else counts.failed)
    verb = "encoded" if counts.batchff else "succeeded"
    parts = [f"{done} {verb}"] + [f"{failed} failed"] * bool(failed)
    left = counts.running + counts.active
    parts += [f"{counted(left, 'task')} left"] * bool(left)
    headline = f"so far: {', '.join(parts)}"
    sizes = _sizes(tally)
    return (headline, *([sizes] if sizes else ()), *_failed(state.reasons.values()))


def _sizes(tally: Tally, took: float | None = None, kept_bytes: int = 0) -> str:
    """Return how much was made of how much, how fast, and what it cost, as far as it's known.

    Of sources of so many bytes nothing was made: they are kept.
    """
    state, now = tally.state, tally.now
    parts = []
    out = state.download.bytes if state.download else 0
    bytes_in = max((state.bytes or 0) - kept_bytes, 0)
    if bytes_in and out:
        parts.append(f"{size(bytes_in)} in, {size(out)} out")
    elif bytes_in:
        parts.append(f"{size(bytes_in)} in")
    parts.append(f"took {clock_text(now - state.began if took is None else took)}")
    speed = average_speed(state)
    if speed:
        parts.append(f"{speed_text(speed)} of real time")
    money = _money(state, now)
    return ", ".join([*parts, *([money] if money else [])]) if state.is_job else ""


def _money(state: ScreenState, now: float) -> str:
    if not state.is_from_its_beginning or state.pool.terms is None:
        return ""
    spent = cost(state.pool, node_hours(state.pool, now))
    return f"nodes cost {money_text(spent, state.pool.terms.currency)}" if spent else ""


def _reasons_of(outcome: JobOutcome) -> list[Reason]:
    """Return how many files failed for each reason, and their names; numbers make no other."""
    files = [(failure.file, failure_words(failure)) for failure in outcome.failures]
    files += [(each.file, each.reason) for each in outcome.not_encoded]
    found: dict[str, tuple[str, dict[str, None]]] = {}
    for file, words in files:
        _, names = found.setdefault(kind_of(words), (words, {}))
        names[file] = None  # a file may have several tasks
    return [Reason(words, len(names), tuple(names)) for words, names in found.values()]


def _failed(reasons: Iterable[Reason], most: int = _REASONS) -> Iterator[str]:
    """Yield a line for each of the most frequent reasons, with the first names, and the rest."""
    ordered = sorted(reasons, key=lambda reason: -reason.count)
    for reason in ordered[:most]:
        shown = some_of([printable(name) for name in reason.files], _NAMES, reason.count)
        words = _LEADING_NUMBERS.sub("", reason.words) if reason.count > 1 else reason.words
        yield f"failed   {reason.count} × {printable(words)}: {shown}"
    rest = ordered[most:]
    if rest:
        files = sum(reason.count for reason in rest)
        more = "more file" if most else "file"
        other = "other reason" if most else "reason"
        yield f"failed   {counted(files, more)} for {counted(len(rest), other)}"
