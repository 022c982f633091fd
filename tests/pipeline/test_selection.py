from __future__ import annotations

import pytest

from batchff.pipeline.selection import Selection, is_system_folder, matches


@pytest.mark.parametrize(
    ("relative", "pattern", "matched"),
    [
        ("raw/a/B.MOV", "raw/*", True),
        ("raw/a/b.mov", "*.Mov", True),
        ("raw/a/b.mov", "b.*", True),
        ("raw/a/b.mov", "a/*", False),
        ("RAW", "raw", True),
        ("a.mov", "raw/*", False),
    ],
)
def test_a_glob_matches_the_path_or_the_name_in_any_case(
    relative: str, pattern: str, matched: bool
) -> None:
    assert matches(relative, (pattern,)) is matched


def test_reasons_to_leave_a_file_out() -> None:
    selection = Selection(exclude=("*/raw/*",))
    assert selection.reason_to_leave_out("x/raw/a.mov") == "excluded"
    assert selection.reason_to_leave_out("x/.a.mov") == "hidden"
    assert selection.reason_to_leave_out("x/a.txt") == "not media"
    assert selection.reason_to_leave_out("x/a.mov") is None
    assert Selection(include=("*.dat",)).reason_to_leave_out("a.mov") == "not included"
    assert Selection(include=("*.dat",)).reason_to_leave_out(".a.dat") is None


def test_system_folders_are_known_in_any_case() -> None:
    assert is_system_folder("$Recycle.Bin")
    assert not is_system_folder("recycling")
