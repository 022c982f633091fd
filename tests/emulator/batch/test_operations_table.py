from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from batchff.emulator.batch.routes import OPERATIONS

README = Path(__file__).parents[3] / "batchff" / "emulator" / "README.md"


def _printed() -> str:
    command = [sys.executable, "-m", "batchff.emulator", "--operations"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_readme_has_the_table_that_the_command_prints() -> None:
    details = re.search(
        r"<details>.*?\n(\| operation .*?)</details>", README.read_text(), re.DOTALL
    )

    assert details is not None
    assert details[1].strip() == _printed().strip(), (
        "make it anew: python -m batchff.emulator --operations"
    )


def test_the_table_tells_what_every_operation_answers() -> None:
    head, rule, *rows = _printed().splitlines()

    assert (head.count("|"), rule) == (4, "|---|---|---|")
    assert len(rows) == len(OPERATIONS)
    assert "| CreatePool | `POST /pools` | served |" in rows
    assert {row.split(" | ")[2] for row in rows} <= {"served |", "501 |"}
