"""Errors of starting, finding and stopping the emulator."""

from __future__ import annotations


class EmulatorError(Exception):
    """The emulator can't do what was asked: what happened, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
