from __future__ import annotations

from batchff.cli.completion.values import complete_preset, complete_profile
from batchff.profile import profile_file
from tests.profiles import STUDIO


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


def test_presets_are_completed() -> None:
    assert complete_preset("h264-7") == ["h264-720"]
    assert complete_preset("nosuch") == []
