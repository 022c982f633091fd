"""batchff's command line, run in this process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from batchff.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of `--json`, each checked for what every line has."""
        lines: list[dict[str, Any]] = [json.loads(line) for line in self.out.splitlines()]
        for line in lines:
            assert line["v"] == 1
            assert {"event", "time"} <= line.keys()
        assert lines[-1]["event"] in ("result", "error")
        assert all(line["event"] not in ("result", "error") for line in lines[:-1])
        return lines

    @property
    def data(self) -> Any:
        """The data of the result that `--json` ends with."""
        assert self.code == 0, self.out
        return self.lines[-1]["data"]


class Batchff(Protocol):
    """Runs a command."""

    def __call__(self, *words: object, stdin: str = "") -> Outcome: ...


@pytest.fixture
def batchff(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Batchff:
    """`batchff("profile", "list")` runs that command."""

    def run(*words: object, stdin: str = "") -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return run
