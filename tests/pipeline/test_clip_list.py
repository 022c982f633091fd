from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchff.errors import InputError
from batchff.model.items import Cut
from batchff.pipeline.clip_list import Clip, read_clip_list


def written(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "clips.csv"
    path.write_bytes(content.encode(encoding))
    return path


def test_each_line_names_a_file_a_part_of_it_and_a_preset(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "file,start,end,preset\n"
        "talks/one.mov,1:10,1:40,h264-720\n"
        '"two, or three.mov",0:01:30.5,,\n'
        "\n"
        "four.mov,,90,mp3\n"
        "four.mov,0,,\n",
    )
    assert read_clip_list(path) == (
        Clip(tmp_path / "talks/one.mov", Cut(Decimal(70), Decimal(100)), "h264-720"),
        Clip(tmp_path / "two, or three.mov", Cut(Decimal("90.5"))),
        Clip(tmp_path / "four.mov", Cut(end=Decimal(90)), "mp3"),
        Clip(tmp_path / "four.mov"),
    )


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("file;start\r\na.mov;0,5\r\n", "utf-8"),
        ("File\tStart\na.mov\t0.5\n", "utf-8-sig"),
        ("start,file\n0.5s,a.mov", "utf-8"),
        (" file , start \n a.mov , 0:00.50 \n,,,\n", "utf-8"),
        ("sep=;\r\nfile;start\r\na.mov;0,5\r\n", "utf-8"),
    ],
    ids=["semicolons", "tabs", "other order", "spaces", "excel"],
)
def test_lists_are_read_as_spreadsheets_write_them(
    content: str, encoding: str, tmp_path: Path
) -> None:
    clips = read_clip_list(written(tmp_path, content, encoding))
    assert clips == (Clip(tmp_path / "a.mov", Cut(Decimal("0.5"))),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no column 'file'"),
        ("name,start\na,1\n", "has no column 'file'"),
        ("file,strat\na,1\n", "has an unknown column 'strat'"),
        ("file,file\na,b\n", "has a column twice"),
        ("file\n", "lists no file"),
        ("file,start\n,5\n", "line 2: there is no file in it"),
        ("file,start\na,soon\n", "line 2: 'soon' is no time"),
        ("file,start\na,1:60\n", "line 2: '1:60' is no time"),
        ("file,start\na,1:60:00\n", "line 2: '1:60:00' is no time"),
        ("file,start\na,-1\n", "line 2: '-1' is no time"),
        ("file,start\na,nan\n", "line 2: 'nan' is no time"),
        ("file,start,end\na,5,5\n", "line 2: it ends at 5, which isn't after its start"),
        ("file,end\na,0\n", "line 2: it ends at 0"),
        ("file\na\na\n", "line 3 is the same as line 2"),
        ("file,start\na,0\na,\n", "line 3 is the same as line 2"),
        ("file,start\na,1,2\n", "line 2: there are more columns than in the first line"),
        ('file\n"a\n', "unexpected end of data"),
        ("file,start\n" + "a,x\n" * 9, "9 wrong lines: .*; and 6 more"),
    ],
)
def test_a_mistake_is_told_with_its_line(content: str, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError, match=message) as raised:
        read_clip_list(path)
    assert "clips.csv" in raised.value.message
    assert raised.value.hint


def test_what_is_no_text_or_isnt_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't read '.*clips.csv': No such file"):
        read_clip_list(tmp_path / "clips.csv")
    with pytest.raises(InputError, match=r"isn't UTF-8 text \(line 2\)"):
        read_clip_list(written(tmp_path, "file\ncafé.mov\n", "latin-1"))


times = st.decimals(0, 86400, places=3)


@given(rows=st.lists(st.tuples(st.text("ab é,;\"'\n", min_size=1, max_size=6), times), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_and_time_come_back(rows: list[tuple[str, Decimal]], tmp_path: Path) -> None:
    # Blanks around a name are the spreadsheet's.
    rows = [(name, start) for name, start in dict(rows).items() if name == name.strip() != ""]
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "start"), *rows])
    if rows:
        clips = read_clip_list(path)
        assert [(clip.path, clip.cut.start or 0) for clip in clips] == [
            (tmp_path / name, start) for name, start in rows
        ]
