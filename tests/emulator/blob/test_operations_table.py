from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from batchff.emulator.blob.routes import ROUTES

README = Path(__file__).parents[3] / "batchff" / "emulator" / "README.md"


def _printed() -> str:
    command = [sys.executable, "-m", "batchff.emulator", "--blob-operations"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_readme_has_the_table_that_the_command_prints() -> None:
    tables = re.findall(
        r"<details>.*?\n(\| operation .*?)</details>", README.read_text(), re.DOTALL
    )

    assert len(tables) == 2
    assert tables[1].strip() == _printed().strip(), (
        "make it anew: python -m batchff.emulator --blob-operations"
    )


def test_the_table_has_every_operation_once() -> None:
    head, rule, *rows = _printed().splitlines()

    assert (head.count("|"), rule) == (5, "|---|---|---|---|")
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert names == list(dict.fromkeys(route.operation.name for route in ROUTES))
    assert "| Snapshot Blob | `PUT /{container}/{blob}?comp=snapshot` | 501 |  |" in rows
