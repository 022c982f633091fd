from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from batchff.emulator.disk import is_disk_full


def test_a_database_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "full.db", isolation_level=None)
    connection.execute("CREATE TABLE t (x)")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")

    assert is_disk_full(caught.value)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EDQUOT, "x"), True),
        (OSError(errno.EACCES, "x"), False),
        (sqlite3.OperationalError("locked"), False),
        (ValueError(), False),
    ],
)
def test_what_else_is_one(error: Exception, full: bool) -> None:
    assert is_disk_full(error) is full
