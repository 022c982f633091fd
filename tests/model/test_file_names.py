from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.file_names import MACOS, POSIX, WINDOWS, extended, names_here

LONG = "\\".join(["folder"] * 50)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/12:30.mp4", "':'"),
        ("what?.mp4", "'?'"),
        ("a\\b.mp4", "'\\\\\\\\'"),
        ("aux.mp4", "device"),
        ("day/COM1", "device"),
        ("nul .mp3", "device"),
        ("lpt².txt", "device"),
        ("folder./a.mp4", "dot"),
        ("a.mp4 ", "blank"),
    ],
)
def test_what_windows_has_no_file_for_is_told(path: str, why: str) -> None:
    assert why.replace("\\\\\\\\", "\\\\") in WINDOWS.why_not(path)
    assert POSIX.why_not(path) == MACOS.why_not(path) == ""


@pytest.mark.parametrize(
    "path", ["console.mp4", "a/auxiliary.mp4", "com10.mp3", "ü.mp4", "a..b.mp4"]
)
def test_usual_names_are_names_everywhere(path: str) -> None:
    assert WINDOWS.why_not(path) == POSIX.why_not(path) == ""


def test_names_that_differ_by_case_or_form_are_one_file_on_some_systems() -> None:
    for one, other in (("A/B.mp4", "a/b.MP4"), ("Gr\u00fc.mp4", "Gru\u0308.mp4")):
        assert WINDOWS.key(one) == WINDOWS.key(other)
        assert MACOS.key(one) == MACOS.key(other)
        assert POSIX.key(one) != POSIX.key(other)


def test_the_names_are_those_of_the_system() -> None:
    assert [names_here(each) for each in ("win32", "darwin", "linux")] == [WINDOWS, MACOS, POSIX]


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        (f"C:\\{LONG}\\a.mp4", f"\\\\?\\C:\\{LONG}\\a.mp4"),
        (f"\\\\host\\share\\{LONG}\\a.mp4", f"\\\\?\\UNC\\host\\share\\{LONG}\\a.mp4"),
        (f"\\\\?\\C:\\{LONG}\\a.mp4", f"\\\\?\\C:\\{LONG}\\a.mp4"),
        ("C:\\a.mp4", "C:\\a.mp4"),
        (f"{LONG}\\a.mp4", f"{LONG}\\a.mp4"),
    ],
)
def test_a_long_path_is_written_so_that_windows_takes_it(path: str, whole: str) -> None:
    assert str(extended(PureWindowsPath(path))) == whole
    assert extended(PurePosixPath("/" + path)) == PurePosixPath("/" + path)


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text: str) -> None:
    assert isinstance(WINDOWS.why_not(text), str)
    assert WINDOWS.key(WINDOWS.key(text)) == WINDOWS.key(text)
