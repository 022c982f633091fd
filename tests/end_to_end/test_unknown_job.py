"""Every command that takes a job says so where there is none of that id."""

from __future__ import annotations

import pytest

from tests.commands import Batchff


@pytest.mark.parametrize("words", [("show",), ("stop", "--yes"), ("delete", "--yes")])
def test_an_unknown_job_is_an_error(batchff: Batchff, words: tuple[str, ...]) -> None:
    ran = batchff("job", *words, "nowhere")
    assert ran.code == 1
    assert ran.err == "error: there is no job 'nowhere' (see: batchff job list --all)\n"


@pytest.mark.parametrize(
    "words",
    [
        ["watch", "nowhere"],
        ["download", "nowhere"],
        ["cleanup", "nowhere", "--yes"],
    ],
)
def test_an_unknown_job(batchff: Batchff, words: list[str]) -> None:
    ran = batchff(*words)

    assert ran.code == 1
    assert "nowhere" in ran.err
    assert len(ran.err.splitlines()) == 1
