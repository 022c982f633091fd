from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Batchff


@pytest.fixture(autouse=True)
def _a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "first", "as_in"),
    [
        ("submit x -c:v libx264", "-c:v", "submit x --suffix .mp4 -- -c:v libx264"),
        ("submit -c:v libx264 x", "-c:v", "submit x --suffix .mp4 -- -c:v libx264"),
        ("submit x -vf scale=-2:720 -an", "-vf", "submit x --suffix .mp4 -- -vf scale=-2:720 -an"),
        ("submit x -q:a -1 --suffix .ogg", "-q:a", "submit x --suffix .ogg -- -q:a -1"),
        ("submit x -y -r 25 --nodes 2", "-r", "submit x -y --nodes 2 --suffix .mp4 -- -r 25"),
        ("submit x --preset=h264 -crf 20", "-crf", "submit x --preset=h264 -- -crf 20"),
        ("submit x -r 25 -- -an", "-r", "submit x --suffix .mp4 -- -r 25 -an"),
        ("submit x --job -j -hide_banner", "-hide_banner", None),
        ("inspect x -vn", "-vn", "inspect x --suffix .mp4 -- -vn"),
        ("doctor -vn", "-vn", "doctor --suffix .mp4 -- -vn"),
        ("job submit --input set -c copy", "-c", None),
    ],
)
def test_ffmpegs_options_before_the_dashes_are_told_where_they_go(
    line: str, first: str, as_in: str | None, run: Batchff
) -> None:
    outcome = run(*line.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {first} is no option of 'batchff ")
    assert "'; ffmpeg's arguments go after -- (as in: batchff " in outcome.err
    if as_in:
        assert outcome.err.endswith(f"(as in: batchff {as_in})\n")


def test_the_line_as_it_should_be_works(run: Batchff) -> None:
    wrong = run("inspect", "x", "-vn")
    line = wrong.err.partition("(as in: batchff ")[2].rstrip(")\n")
    assert run(*line.split()).code == 1  # there is no media in the folder


def test_a_sas_is_not_shown_again(run: Batchff) -> None:
    outcome = run("submit", "https://a.blob.core.windows.net/c?sig=c2VjcmV0", "-vn")
    assert outcome.code == 2
    assert "sig=REDACTED" in outcome.err
    assert "c2VjcmV0" not in outcome.err


def test_an_unknown_long_option_is_not_taken_for_ffmpegs(run: Batchff) -> None:
    assert run("submit", "x", "--presett", "h264").err.startswith("error: No such option: ")
