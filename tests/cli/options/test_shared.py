from __future__ import annotations

import pytest
import typer

from batchff.cli.options.shared import (
    complete_profile,
    globs,
    seconds,
)
from batchff.profile import profile_file
from tests.profiles import STUDIO


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400)]
)
def test_a_duration_is_read_as_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_what_is_no_duration_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="'soon' is no duration"):
        seconds("soon")


def test_profiles_are_completed_with_the_built_in_one() -> None:
    assert complete_profile("") == ["local"]
    profile_file().parent.mkdir(parents=True)
    profile_file().write_text(STUDIO)
    assert complete_profile("") == ["local", "studio", "archive"]
    assert complete_profile("st") == ["studio"]


def test_a_profile_file_that_cant_be_read_completes_no_more_than_the_built_in_one() -> None:
    profile_file().parent.mkdir(parents=True)
    profile_file().write_text("[profiles.studio\n")
    assert complete_profile("") == ["local"]


def test_an_option_that_isnt_given_has_no_globs() -> None:
    assert globs(None) == ()
    assert globs(["*.mp4", "*.mov"]) == ("*.mp4", "*.mov")
