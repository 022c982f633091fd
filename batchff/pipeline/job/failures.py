"""Why a task failed, in words, with the lines of its log that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from batchff.ffmpeg.line_recipe import NAME as LINE
from batchff.ffmpeg.words import arguments_fault, known_cause, telling_lines
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import FailedTask, TaskStatus
from batchff.node.exit_codes import INPUT_FAULTS, NODE_FAULTS, NodeExit, node_exit_meaning
from batchff.node.log_tail import LAST_WORD, last_attempt, last_lines
from batchff.pipeline.names import recipe_of, split_names
from batchff.wording import counted

REFUSED = "ffmpeg refuses its arguments"
_EXIT_STATUS = r"( \(ffmpeg's exit code: \d+\))?"
_CRASHED = " (it crashed: "
_EXIT_CODE = "FailureExitCode"
"""The service's code for a task that ended by itself, whose message has no exit code."""

_ENDED = "TaskEnded"
"""The service's code for a task that it ended, or was asked to end."""
_LINES_SHOWN = 5
_KEEPS_PICTURES = "each picture keeps its time with: -fps_mode vfr -enc_time_base:v 1:90000"
_OF_FFMPEG = (NodeExit.FAILED, NodeExit.EMPTY, NodeExit.BROKEN)


def failed_task(task: TaskStatus, facts: JobFacts | None, said: str = "") -> FailedTask:
    """Return a task that failed, with the reason.

    `facts` are its job's, None where batchff didn't make it: then exit codes mean nothing. `said`
    is the end of its log.
    """
    code = task.exit_code
    preset = recipe_of(task.id, task.name, split_names(facts.preset)) if facts else ""
    meaning = node_exit_meaning(code) if facts and code is not None else None
    log = last_lines(said)
    if facts and was_ended(task):
        reason = f"it was ended: its time was over, or that of its job ({_ENDED})"
    elif meaning is not None and code in NODE_FAULTS:
        attempts = counted(task.retries + 1, "attempt")
        reason = f"{meaning}: a fault of the node, not of the file ({attempts})"
    elif meaning is not None:
        lines = last_attempt(said)
        refused = _refusal(code, lines)
        told = refused[:_LINES_SHOWN] or telling_lines(lines)[-_LINES_SHOWN:] or log
        reason = _told_reason(code, lines) or meaning
        known = known_cause(lines) if code in _OF_FFMPEG and not refused else None
        if known is not None:
            line, plain = known
            reason = f"{meaning}: {plain}"
            told = (line, *(other for other in told if other != line))[:_LINES_SHOWN]
        log = tuple(_without_repetition(told, meaning if known else reason))
        if code == NodeExit.WRONG and " pictures" in reason and facts and facts.preset == LINE:
            log = (*log, _KEEPS_PICTURES)
        return FailedTask(
            task.id,
            task.name,
            REFUSED if refused and code == NodeExit.FAILED else reason,
            code,
            log,
            input_at_fault=code in INPUT_FAULTS and not refused,
            arguments_at_fault=bool(refused),
            preset=preset,
            node=task.node,
            started=task.started,
            ended=task.ended,
        )
    else:
        # Not the encoding: the service's own reason is the one that counts.
        reason = task.failure or f"exit code {code}"
        if reason.startswith(_EXIT_CODE):
            reason = f"exit code {code} ({_EXIT_CODE})"
    return FailedTask(
        task.id,
        task.name,
        reason,
        code,
        log,
        preset=preset,
        node=task.node,
        started=task.started,
        ended=task.ended,
    )


def is_consequence(failure: FailedTask) -> bool:
    """Return whether a task failed only because another one of its file's did."""
    return failure.exit_code == NodeExit.CHUNK_MISSING


def causes(failures: Iterable[FailedTask]) -> tuple[FailedTask, ...]:
    """Return failures without those that follow from another one of the same file."""
    failures = tuple(failures)
    explained = {each.file for each in failures if not is_consequence(each)}
    return tuple(each for each in failures if not (is_consequence(each) and each.file in explained))


def was_ended(task: TaskStatus) -> bool:
    """Return whether the service ended a task, by itself or as it was asked to."""
    return task.failure.startswith(_ENDED)


def _refusal(code: int | None, lines: Sequence[str]) -> Sequence[str]:
    """Return the lines by which ffmpeg refuses its arguments; none where it ran, or crashed."""
    if code not in (NodeExit.FAILED, NodeExit.USAGE) or (lines and _CRASHED in lines[-1]):
        return ()
    return arguments_fault(lines)


def _told_reason(code: int | None, lines: Sequence[str]) -> str:
    """Return what the script found wrong with a source or an output: it says more than its code."""
    if code not in (NodeExit.SOURCE_BAD, NodeExit.WRONG, NodeExit.CHUNK_MISSING) or not lines:
        return ""
    return lines[-1].removeprefix(LAST_WORD) if lines[-1].startswith(LAST_WORD) else ""


def _without_repetition(log: Sequence[str], reason: str) -> Sequence[str]:
    """Return a log without the script's last line where that is the reason again.

    It stays where it has word of a crash.
    """
    says_no_more = LAST_WORD + re.escape(reason) + _EXIT_STATUS
    return log[:-1] if log and re.fullmatch(says_no_more, log[-1]) else log
