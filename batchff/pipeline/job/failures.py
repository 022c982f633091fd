"""Why a task failed, in words, with the last lines of its log."""

from __future__ import annotations

import re

from batchff.model.jobs import FailedTask, TaskStatus
from batchff.node.exit_codes import INPUT_FAULTS, NODE_FAULTS, node_exit_meaning
from batchff.node.log_tail import LAST_WORD
from batchff.wording import counted

_EXIT_STATUS = r"( \(ffmpeg's exit code: \d+\))?"
_EXIT_CODE = "FailureExitCode"
"""The service's code for a task that ended by itself, whose message has no exit code."""

_ENDED = "TaskEnded"
"""The service's code for a task that it ended, or was asked to end."""


def failed_task(task: TaskStatus, *, ours: bool, log: tuple[str, ...] = ()) -> FailedTask:
    """Return a task that failed, with the reason; exit codes have a meaning in `ours` only."""
    code = task.exit_code
    meaning = node_exit_meaning(code) if ours and code is not None else None
    if ours and task.failure.startswith(_ENDED):
        reason = f"it was ended: its time was over, or that of its job ({_ENDED})"
    elif meaning is not None and code in NODE_FAULTS:
        attempts = counted(task.retries + 1, "attempt")
        reason = f"{meaning}: a fault of the node, not of the file ({attempts})"
    elif meaning is not None:
        log = log[:-1] if log and _says_no_more(log[-1], meaning) else log
        return FailedTask(task.id, task.name, meaning, code, log, code in INPUT_FAULTS)
    else:
        # Not the encoding: the service's own reason is the one that counts.
        reason = task.failure or f"exit code {code}"
        if reason.startswith(_EXIT_CODE):
            reason = f"exit code {code} ({_EXIT_CODE})"
    return FailedTask(task.id, task.name, reason, code, log)


def _says_no_more(last: str, reason: str) -> bool:
    """Return whether the script's last line is the reason again, without word of a crash."""
    return re.fullmatch(LAST_WORD + re.escape(reason) + _EXIT_STATUS, last) is not None
