from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch import control


def test_without_an_emulator_there_is_nothing_to_preempt(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="no emulator runs"):
        control.preempt(tmp_path, "node", return_after=60)
