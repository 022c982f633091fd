"""The processors' time that programs took which this one has started."""

from __future__ import annotations

import os
import time


class CpuClock:
    """The processors' time that child processes have taken since it was made."""

    def __init__(self) -> None:
        self._cpu, self._began = _cpu_seconds(), time.monotonic()

    def cpu(self) -> float:
        """Return CPU seconds; where a system doesn't count them, as if all processors were busy."""
        now = _cpu_seconds()
        if self._cpu is None or now is None:
            return (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return now - self._cpu


def _cpu_seconds() -> float | None:
    """Return what ended child processes took, None where the system doesn't count it."""
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
