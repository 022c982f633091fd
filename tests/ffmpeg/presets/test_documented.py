"""The presets that the documents show are right, and work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchff.ffmpeg.presets import find_preset, resolve
from batchff.ffmpeg.presets.check import check_preset
from batchff.ffmpeg.trial import try_recipe
from tests.test_docs import ROOT

PAGE = (ROOT / ".github" / "docs" / "presets.md").read_text("utf-8")
SHOWN = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_shows_a_short_preset_and_a_whole_one() -> None:
    assert ["based_on" in each for each in SHOWN] == [True, False]


@pytest.mark.parametrize("content", SHOWN, ids=["short", "whole"])
def test_a_preset_of_the_page_is_right(content: str, tmp_path: Path, ffmpeg: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content, "utf-8")
    preset = find_preset(str(file)).preset
    check_preset(preset)
    try_recipe(resolve(preset, {}), ffmpeg)
