"""The errors batchff expects, and the exit codes it ends with.

An expected error says what happened and what to do next; the edge of the program prints it as one
line. Anything that isn't a `BatchffError` is a defect and keeps its traceback.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for the scripts that call it."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    TASKS_FAILED = 3
    TIMED_OUT = 4
    SIGN_IN = 5
    INTERRUPTED = 130


class BatchffError(Exception):
    """Something went wrong that was foreseen.

    `message` says what happened, `hint` what the user can do about it. `summary` are lines for
    people on what was done until then.
    """

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.summary: tuple[str, ...] = ()


class UsageError(BatchffError):
    """The command was written wrongly: an option has an impossible value."""

    exit_code = ExitCode.USAGE


class InputError(BatchffError):
    """The files given can't be encoded as they are; nothing was sent."""


class ProfileError(BatchffError):
    """The settings are missing, contradictory or unreadable."""

    exit_code = ExitCode.SIGN_IN


class SignInError(BatchffError):
    """The service refused the credentials."""

    exit_code = ExitCode.SIGN_IN


class NotAllowedError(SignInError):
    """The service knows who asks, and none of their roles lets them."""


class ServiceError(BatchffError):
    """A service could not be reached, or answered with an error.

    `code` is the service's own name for what is wrong, where it gave one.
    """

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class UnreachableError(ServiceError):
    """A service doesn't answer at all."""


class NotFoundError(ServiceError):
    """A job, pool, container or input set does not exist."""


class TransferError(BatchffError):
    """A file could not be sent or downloaded whole."""


class PoolError(BatchffError):
    """A pool can't run the job's tasks, and won't by itself."""


class TimedOutError(BatchffError):
    """The time given to wait is over; what was waited for goes on."""

    exit_code = ExitCode.TIMED_OUT


class InterruptedByUser(BatchffError):
    """The user stopped the command; what runs in the cloud goes on."""

    exit_code = ExitCode.INTERRUPTED
