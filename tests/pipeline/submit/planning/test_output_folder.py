from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import InputError
from batchff.model.file_names import MACOS, POSIX, WINDOWS, FileNames
from batchff.model.items import Item, Output
from batchff.pipeline.selection import Selection
from batchff.pipeline.sources import find_media
from batchff.pipeline.submit.planning.output_folder import (
    refuse_carried_clashes,
    refuse_impossible_names,
    refuse_to_overwrite_sources,
    refuse_unwritable,
)
from tests.pipeline.test_sources import fill


@pytest.mark.parametrize("place", ["", "new", "new/below", "there/../new"])
def test_where_outputs_can_be_written_is_left_as_it_was(place: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    before = list(tmp_path.iterdir())
    refuse_unwritable(tmp_path / place)
    assert list(tmp_path.iterdir()) == before


@pytest.mark.parametrize("place", ["file", "file/below", "gone", "gone/below", "round"])
def test_what_is_no_folder_is_refused_with_the_reason(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(InputError, match="can't be written to '.*': [A-Z]") as refused:
        refuse_unwritable(tmp_path / place)
    assert refused.value.hint == "choose another folder with --out"


def test_a_carried_file_and_an_output_cant_have_one_name(tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", "a.mp3.srt/x.srt", "b.srt")
    found = find_media([tmp_path], Selection(carry=("*.srt",)))
    for output in ("b.srt", "b.srt/a.mp3", "a.mp3.srt"):
        items = [Item("a.mov", 1, "a", (Output(output, "a"),))]
        with pytest.raises(InputError, match="is carried along, and an output of 'a.mov' would be"):
            refuse_carried_clashes(found, items)
    refuse_carried_clashes(found, [Item("a.mov", 1, "a", (Output("a.mp3", "a"),))])


def test_a_file_cant_be_carried_to_where_it_is(tmp_path: Path) -> None:
    found = find_media([fill(tmp_path, "a.mov", "a.srt")], Selection(carry=("*.srt",)))
    with pytest.raises(InputError, match="'a.srt' would be carried onto itself"):
        refuse_to_overwrite_sources(found, (), tmp_path)


def named(*outputs: str) -> list[Item]:
    return [
        Item(output, 1, output, tuple([Output(output, output, is_folder=False)]), ())
        for output in outputs
    ]


@pytest.mark.parametrize(
    ("here", "outputs", "words"),
    [
        (WINDOWS, ["a.mp3", "12:30.mp3"], "there can be no file '12:30.mp3' here"),
        (WINDOWS, ["A.mp3", "a.mp3"], "'A.mp3' and 'a.mp3' would be one file on this machine"),
        (MACOS, ["A.mp3", "a.mp3"], "'A.mp3' and 'a.mp3' would be one file on this machine"),
    ],
)
def test_names_that_cant_be_files_here_are_refused_before_anything_is_sent(
    here: FileNames, outputs: list[str], words: str
) -> None:
    with pytest.raises(InputError) as refused:
        refuse_impossible_names(named(*outputs), here)
    assert refused.value.message.startswith(words)
    assert "--name" in refused.value.hint
    refuse_impossible_names(named(*outputs), POSIX)
