"""`batchff job submit`."""

from __future__ import annotations

from pathlib import Path

from tests.commands import Batchff


def test_a_job_needs_a_pool_and_an_input_set_that_exist(batchff: Batchff, clips: Path) -> None:
    no_set = batchff("job", "submit", "--input", "nowhere")
    assert no_set.code == 1
    assert "there is no input set 'nowhere'" in no_set.err

    batchff("upload", clips, "--to", "tour")
    no_pool = batchff("job", "submit", "--input", "tour", "--pool", "nowhere")
    assert no_pool.code == 1
    assert "there is no pool 'nowhere'" in no_pool.err
