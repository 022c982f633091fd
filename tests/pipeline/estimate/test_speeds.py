from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchff.model.jobs import TaskStatus
from batchff.model.states import TaskState
from batchff.pipeline.estimate import speeds
from batchff.pipeline.estimate.speeds import Speed, expect, is_expected, learn, speed_of

SIZE = "Standard_D4s_v5"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speeds, "speeds_file", lambda: tmp_path / "state" / "speeds.json")


def ran(seconds: float) -> TaskStatus:
    return TaskStatus(
        id="a",
        name="a.mp4",
        changed=START,
        state=TaskState.COMPLETED,
        succeeded=True,
        started=START,
        ended=START + timedelta(seconds=seconds),
    )


def test_jobs_show_how_fast_nodes_are() -> None:
    assert speed_of(SIZE, here=False) == Speed(1.0, is_measured=False)
    for number, seconds in enumerate((100.0, 150.0, 600.0)):
        expect(f"job-{number}", 200.0)
        assert is_expected(f"job-{number}")
        learn(f"job-{number}", [ran(seconds), ran(seconds)], SIZE, cores=2.0)
    # The median: 2 x 150 s on two cores, of 200 s here.
    assert speed_of(SIZE.lower(), here=False) == Speed(3.0, is_measured=True)
    assert speed_of("Standard_F4as_v6", here=False) == Speed()
    assert not is_expected("job-0")


def test_nodes_here_are_as_fast_as_this_machine() -> None:
    assert speed_of(SIZE, here=True) == Speed(1.0, is_measured=True)


def test_nothing_is_learned_of_what_failed_or_was_not_expected() -> None:
    learn("unknown", [ran(10)], SIZE, cores=1.0)
    expect("job", 10.0)
    learn("job", [ran(10), replace(ran(10), succeeded=False)], SIZE, cores=1.0)
    assert speed_of(SIZE, here=False) == Speed()


def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "speeds.json").write_text("{")
    assert speed_of(SIZE, here=False) == Speed()
    expect("job", 1.0)
    assert is_expected("job")
