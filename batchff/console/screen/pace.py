"""How fast a job is encoded, and when it will be over."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from batchff.console.screen.outputs import expected_bytes
from batchff.console.screen.state import Pace, Running, ScreenState
from batchff.console.screen.words import clock_text, percent_text

_SECONDS_BETWEEN_SAMPLES = 1.0
_SAMPLES = 61
_LEAST_SECONDS = 4.0
_LEVELS = 40
_SECONDS_A_LEVEL = 5.0
# ffmpeg's own speed says how far a task is by now; by more than this, it's a guess.
_LONGEST_AHEAD = 20.0
_LEAST_SPREAD = 0.05
_SPREAD_OF_ONE = 0.5
# Estimates of so many seconds together are what is shown.
_SMOOTHED_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Eta:
    """In how many seconds a job is over, give or take the `spread`; None where that's not known."""

    seconds: float
    spread: float | None


def fraction_of(task: Running, now: float) -> float | None:
    """Return how far a running task is by now, from its latest report and its speed."""
    if task.is_checking:
        return 1.0
    if task.fraction is None:
        return None
    if not task.seconds or not task.speed:
        return max(task.fraction, task.shown)
    ahead = min(max(now - task.at, 0.0), _LONGEST_AHEAD) * task.speed / task.seconds
    # What nobody has said yet isn't the end: at most half of what is left is taken for done.
    return max(task.fraction + min(ahead, 0.5 * (1.0 - task.fraction)), task.shown)


def is_sure(task: Running) -> bool:
    """Return whether a task has run for long enough that its speed says something."""
    return task.fraction is not None and task.at - task.began >= _LEAST_SECONDS


def eta_of(task: Running, now: float) -> float | None:
    """Return in how many seconds ffmpeg is done with a task; None where that isn't known."""
    fraction = fraction_of(task, now)
    if fraction is None or not task.seconds or not task.speed or task.is_checking:
        return None
    return (1.0 - fraction) * task.seconds / task.speed


def done_weight(state: ScreenState, now: float) -> float:
    """Return how much of the work is done, in its unit."""
    work = state.work
    running = (
        (fraction_of(task, now) or 0.0) * work.weight(task.task) for task in state.running.values()
    )
    return work.ended + sum(running)


def job_fraction(state: ScreenState, now: float) -> float:
    """Return how much of the whole is done: of the work, or of the files that are moved."""
    if state.is_job:
        if not state.work.total:
            return 0.0
        is_over = state.encode_ended is not None
        done = min(done_weight(state, now) / state.work.total, 1.0 if is_over else 0.999)
        # The last outputs may still be on their way.
        is_here = state.download is None or state.download.ended is not None
        return done if is_here else min(done, 0.999)
    stages = [each for each in (state.inspect, state.upload, state.download) if each]
    return stages[-1].fraction if stages else 0.0


def tick(state: ScreenState, now: float) -> ScreenState:
    """Return the state with a sample of how much is done, once in a while."""
    if state.encode_began is None or state.encode_ended is not None:
        return state
    pace = state.pace
    if pace.samples and now - pace.samples[-1][0] < _SECONDS_BETWEEN_SAMPLES:
        return state
    media = state.work.encoded + sum(
        (fraction_of(task, now) or 0.0) * (task.seconds or 0.0) for task in state.running.values()
    )
    sample = (now, done_weight(state, now), media)
    samples = (*pace.samples[1 - _SAMPLES :], sample)
    levels, leveled = pace.levels, pace.leveled
    if now - leveled >= _SECONDS_A_LEVEL and len(samples) > 1:
        since, _, before = samples[-min(len(samples), 6)]
        levels = (*levels[1 - _LEVELS :], max(media - before, 0.0) / (now - since))
        leveled = now
    state = replace(state, pace=Pace(samples, levels, leveled, pace.end))
    return replace(state, pace=replace(state.pace, end=_smoothed_end(state, now, pace)))


def _smoothed_end(state: ScreenState, now: float, before: Pace) -> float | None:
    eta = _estimate(state, now)
    if eta is None or before.end is None or not before.samples:
        return before.end if eta is None else now + eta.seconds
    new = 1.0 - math.exp(-(now - before.samples[-1][0]) / _SMOOTHED_SECONDS)
    return before.end + new * (now + eta.seconds - before.end)


def media_speed(state: ScreenState, now: float) -> float | None:
    """Return how many seconds of media were encoded in one, of late; None where none were yet."""
    return _rate(state.pace, 2)


def average_speed(state: ScreenState) -> float | None:
    """Return how many seconds of media were encoded in one, over all the time that tasks ran."""
    if state.encode_began is None or not state.pace.samples:
        return None
    took = (state.encode_ended or state.pace.samples[-1][0]) - state.encode_began
    return state.work.encoded / took if took > 0 and state.work.encoded else None


def job_eta(state: ScreenState, now: float) -> Eta | None:
    """Return when the job is over: the slowest of encoding, its longest task, and the transfers."""
    eta = _estimate(state, now)
    if eta is None or not _is_encoding(state) or state.pace.end is None:
        return eta
    # By how far the latest estimate is from those before it, neither is sure.
    seconds = max(state.pace.end - now, eta.seconds / 2)
    spread = max(eta.spread or 0.0, abs(eta.seconds - seconds))
    return Eta(seconds, min(spread, seconds))


def _is_encoding(state: ScreenState) -> bool:
    return state.is_job and state.encode_ended is None


def _estimate(state: ScreenState, now: float) -> Eta | None:
    """Return when the job is over by what is known right now; None before that's enough."""
    waits = [_transfer_eta(state, now)]
    if not _is_encoding(state):
        return Eta(waits[0], None) if waits[0] > 0 else None
    rate, speeds = _rate(state.pace, 1), _speeds(state)
    if not rate or not speeds:
        return None
    waits.append((state.work.total - done_weight(state, now)) / rate)
    waits += _task_etas(state, now, min(speeds))
    seconds = max(waits)
    return Eta(seconds, _spread(state, seconds, speeds))


def _speeds(state: ScreenState) -> list[float]:
    """Return the known speeds of tasks, in units of weight in a second."""
    speeds = [*state.work.speeds]
    if state.work.unit == "seconds":
        speeds += [task.speed for task in state.running.values() if task.speed and is_sure(task)]
    return [speed for speed in speeds if speed > 0]


def _task_etas(state: ScreenState, now: float, slowest: float) -> Iterator[float]:
    """Yield how long the running and the longest waiting tasks take, each by itself.

    One of which nothing is known by itself is taken to be as slow as the slowest.
    """
    work = state.work
    for task in state.running.values():
        left = (1.0 - (fraction_of(task, now) or 0.0)) * work.weight(task.task)
        own = eta_of(task, now) if is_sure(task) else None
        yield left / slowest if own is None else own
    for waiting in work.longest:
        if waiting not in state.running:
            yield work.weight(waiting) / slowest
            return


def eta_text(eta: Eta, plus_minus: str = "±") -> str:
    """Return when a job is over, and how sure that is."""
    if eta.spread is None or eta.spread < 1:
        return f"ETA {clock_text(eta.seconds)}"
    return f"ETA {clock_text(eta.seconds)} {plus_minus}{clock_text(eta.spread)}"


def how_far(state: ScreenState, now: float) -> str:
    """Return how far a job is that is being encoded, as words for the end of a line."""
    is_encoding = state.encode_began is not None and state.encode_ended is None
    if not is_encoding or not state.work.tasks or not done_weight(state, now):
        return ""
    eta = job_eta(state, now)
    parts = [percent_text(job_fraction(state, now)), *([eta_text(eta)] if eta else [])]
    return f" ({', '.join(parts)})"


def _rate(pace: Pace, which: int) -> float | None:
    if len(pace.samples) < 2:
        return None
    first, last = pace.samples[0], pace.samples[-1]
    took = last[0] - first[0]
    if took < _LEAST_SECONDS:
        return None
    return max(last[which] - first[which], 0.0) / took or None


def _spread(state: ScreenState, seconds: float, speeds: list[float]) -> float:
    """Return the error of an estimate: tasks differ in speed, few are known, and few are left."""
    # The module statistics takes longer to import than all the rest here.
    mean = math.fsum(speeds) / len(speeds)
    left = max(len(state.work.tasks) - state.work.ended_tasks, 1)
    in_turn = max(left / max(len(state.running), 1), 1.0)
    deviation = math.sqrt(math.fsum((speed - mean) ** 2 for speed in speeds) / len(speeds))
    share = deviation / mean * math.sqrt(1 / len(speeds) + 1 / in_turn)
    # However alike they are: the next one may be another, the more so where few are known.
    share = math.hypot(share, _LEAST_SPREAD + _SPREAD_OF_ONE / len(speeds))
    return seconds * min(share, 1.0)


def _transfer_eta(state: ScreenState, now: float) -> float:
    waits = [0.0]
    for stage in (state.upload, state.download):
        if stage is None or stage.ended is not None:
            continue
        # While outputs are made, their download waits for them.
        if stage is state.download and state.is_job and state.encode_ended is None:
            continue
        expected = expected_bytes(state) if stage is state.download else stage.expected
        rate = stage.rate(now)
        if expected and rate:
            waits.append((expected - stage.bytes) / rate)
    return max(waits)
