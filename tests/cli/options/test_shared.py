from __future__ import annotations

import pytest
import typer

from batchff.cli.options.shared import globs, seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400)]
)
def test_a_duration_is_read_as_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_what_is_no_duration_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="'soon' is no duration"):
        seconds("soon")


def test_an_option_that_isnt_given_has_no_globs() -> None:
    assert globs(None) == ()
    assert globs(["*.mp4", "*.mov"]) == ("*.mp4", "*.mov")
