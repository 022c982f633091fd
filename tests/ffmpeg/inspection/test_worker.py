"""The process by itself: it answers line by line, and ends with its stdin."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from batchff.ffmpeg.inspection.process import COMMAND
from batchff.ffmpeg.inspection.wire import READY
from batchff.model.inspection import Inspection, NotMedia, read_inspected
from tests.media_sources import CLIPS


def answers(*jobs: object) -> list[str]:
    """What it says to some jobs, until its stdin ends."""
    asked = "".join(json.dumps(job) + "\n" for job in jobs)
    done = subprocess.run(COMMAND, input=asked, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_each_file_has_a_line() -> None:
    ready, city, none = answers({"paths": [str(CLIPS / "city.mp4"), "/nowhere.mp4"]})

    assert ready == READY
    assert isinstance(read_inspected(city), Inspection)
    assert read_inspected(none) == NotMedia("No such file or directory")


def test_it_ends_when_nobody_asks_any_more() -> None:
    assert answers() == [READY]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_its_memory_its_time_and_what_it_writes_are_limited() -> None:
    import resource

    from batchff.ffmpeg.inspection.worker import MEMORY

    probe = (
        "import resource as r; from batchff.ffmpeg.inspection import worker as w;"
        "w._limit_memory(); w._limit_time();"
        "print(*(r.getrlimit(k)[0] for k in (r.RLIMIT_AS, r.RLIMIT_CORE, r.RLIMIT_FSIZE)),"
        "r.getrlimit(r.RLIMIT_CPU)[0] > 0)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    memory, core, written, time = done.stdout.split()

    if sys.platform == "linux":
        assert int(memory) == MEMORY
    assert (core, written, time) == ("0", "0", "True")
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
