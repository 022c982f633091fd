from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import InputError, UsageError
from batchff.model.items import Beside
from batchff.pipeline.beside import beside_names, find_beside
from batchff.pipeline.sources import find_media
from tests.pipeline.test_sources import fill


def test_each_source_has_its_own_files_and_those_for_all(tmp_path: Path) -> None:
    videos = fill(tmp_path / "videos", "a.mov", "b/c d.mov", "a.srt", "b/c d.srt", content=b"12")
    logo = tmp_path / "Logo 1.PNG"
    logo.write_bytes(b"123")
    found = find_media([videos])
    beside = find_beside(["{stem}.srt", str(logo)], found.sources)
    assert beside.of("a.mov", "set") == (
        Beside("with-0.srt", "set/.with/0/a.srt", 2),
        Beside("with-1.png", "set/.with/1/Logo 1.PNG", 3),
    )
    assert beside.of("b/c d.mov", "set") == (
        Beside("with-0.srt", "set/.with/0/b/c d.srt", 2),
        Beside("with-1.png", "set/.with/1/Logo 1.PNG", 3),
    )
    # The file for all is sent once.
    assert [file.path for file in beside.files] == [videos / "a.srt", logo, videos / "b/c d.srt"]


def test_a_pattern_may_lead_to_another_folder(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.mov", "subtitles/a.mov.vtt")
    found = find_media([tmp_path / "in"])
    beside = find_beside(["../subtitles/{name}.vtt"], found.sources)
    assert beside.of("a.mov", "set") == (
        Beside("with-0.vtt", "set/.with/0/subtitles/a.mov.vtt", 5),
    )


def test_without_patterns_there_are_none(tmp_path: Path) -> None:
    found = find_media([fill(tmp_path, "a.mov")])
    beside = find_beside([], found.sources)
    assert (beside.of("a.mov", "set"), beside.files) == ((), ())


def test_names_on_a_node_are_plain() -> None:
    names = beside_names(["{stem}.SRT", "it's.png", "folder.x/lut", "{name}", "a.$(x)"])
    assert names == ("with-0.srt", "with-1.png", "with-2", "with-3", "with-4")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{title}.srt", "has no field {title}; they are {stem} and {name}"),
        ("{stem!r}.srt", "has no field {stem}"),
        ("{stem:>9}.srt", "has no field {stem}"),
        ("{}.srt", "has no field {}"),
        ("{stem.srt", "expected '}' before end of string"),
        ("", "names no file"),
        ("logos/", "names no file"),
    ],
)
def test_a_pattern_that_names_no_file_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        beside_names([pattern])
    assert message in raised.value.message
    assert raised.value.hint


def test_missing_and_empty_files_are_told_together(tmp_path: Path) -> None:
    names = [f"{letter}.mov" for letter in "abcdef"]
    found = find_media([fill(tmp_path, *names)])
    fill(tmp_path, "a.srt")
    fill(tmp_path, "b.srt", content=b"")
    (tmp_path / "c.srt").mkdir()
    with pytest.raises(InputError) as raised:
        find_beside(["{stem}.srt"], found.sources)
    assert raised.value.message.startswith("5 files for --with can't be had: 'b.mov': ")
    assert "b.srt' is empty; 'c.mov': " in raised.value.message
    assert raised.value.message.endswith("d.srt': No such file or directory; and 2 more")


def test_a_missing_file_for_all_is_told_once(tmp_path: Path) -> None:
    found = find_media([fill(tmp_path, "a.mov", "b.mov")])
    with pytest.raises(InputError, match=r"--with 'logo.png': 'logo.png': No such file") as raised:
        find_beside(["logo.png"], found.sources)
    assert raised.value.hint == "check the path"
