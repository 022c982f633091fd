from __future__ import annotations

import pytest

from batchff.cli.options.recipes import read_settings
from batchff.errors import UsageError
from tests.commands import Batchff


def test_settings_are_names_and_values() -> None:
    assert read_settings(["crf=20", "h264.speed=a=b"]) == {"crf": "20", "h264.speed": "a=b"}
    assert read_settings(None) == {}
    for wrong in ("crf", "=20"):
        with pytest.raises(UsageError, match="--set takes NAME=VALUE"):
            read_settings([wrong])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--preset", "nosuch"], "error: there is no preset called 'nosuch' (the presets are: "),
        (["--preset", "mp3", "--preset", "mp3"], "error: preset mp3 is given twice ("),
        (["--preset", "mp3", "--set", "crf=1"], "error: preset mp3 has no parameter 'crf' ("),
        (
            ["--preset", "mp3", "--preset", "opus", "--set", "crf=1"],
            "error: none of the presets mp3, opus has a parameter 'crf' (",
        ),
        (["--suffix", ".mp4"], "error: --suffix goes with ffmpeg's own arguments ("),
        (["--set", "crf=1", "--", "-vn", "a.mp3"], "error: --set is for a preset's parameters"),
        (
            ["--preset", "mp3", "--preset", "opus", "--", "-t", "1"],
            "error: arguments after -- can add to one preset only, and 2 are given (",
        ),
        (["--name", "{size}.mp3"], "error: --name '{size}.mp3' has no field {size} ("),
        (["--name", "{stem}.a", "--keep-suffix"], "error: --name and --keep-suffix exclude each"),
    ],
)
def test_what_cant_go_together_is_a_usage_error_before_anything_is_sent(
    words: list[str], message: str, batchff: Batchff
) -> None:
    outcome = batchff("submit", "videos", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 1
