from __future__ import annotations

import subprocess
import sys

from batchff.ffmpeg.cpu_clock import CpuClock

_WORKS = "sum(number * number for number in range(10**6))"


def test_what_a_program_took_is_counted_from_then_on() -> None:
    subprocess.run([sys.executable, "-c", _WORKS], check=True)
    clock = CpuClock()
    assert clock.cpu() == 0
    subprocess.run([sys.executable, "-c", _WORKS], check=True)
    assert 0 < clock.cpu() < 60
