"""The disk that the emulator keeps everything on."""

from __future__ import annotations

import errno
import sqlite3

_ERRORS = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: BaseException) -> bool:
    """Tell whether something failed for lack of room, or of quota."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _ERRORS
