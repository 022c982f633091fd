"""NVIDIA's encoder, on a node that has it; nobody has run this yet."""

from __future__ import annotations

import shutil

import pytest

from tests.commands import CLIPS
from tests.live.account import LiveAccount, live_suite

pytestmark = live_suite


@pytest.mark.parametrize("preset", ["h264-nvenc", "hevc-nvenc"])
def test_a_clip_is_encoded_on_a_gpu(live: LiveAccount, gpu: tuple[str, ...], preset: str) -> None:
    folder = live.folder / preset
    folder.mkdir()
    shutil.copy(CLIPS / "city.mp4", folder)
    job = live.name(preset)
    words = ("submit", preset, "--preset", preset, "--job", job, *gpu, "--slots", "1", "--yes")
    ended = live.batchff(*words, "--out", f"{preset}-out", minutes=60)
    assert ended.code == 0, ended
    assert (live.folder / f"{preset}-out" / "city.mp4").stat().st_size > 0
    assert live.batchff("cleanup", job, "--pool", "--inputs", "--outputs", "--yes").code == 0
