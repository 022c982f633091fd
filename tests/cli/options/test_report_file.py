from __future__ import annotations

from pathlib import Path

import pytest

from batchff.cli.options.report_file import ReportFile, report_file, write_report
from batchff.console.report.render import Format
from batchff.errors import BatchffError, UsageError
from tests.histories import report


def test_a_file_has_the_format_of_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "r.MD"
    assert report_file(path, "--out") == ReportFile(path, Format.MARKDOWN)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("r.pdf", "no report is written as"),
        ("r", "no report is written as"),
        ("none/r.html", "there is no folder"),
        ("folder.html", "is a folder"),
    ],
)
def test_what_cant_be_written_is_refused(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(UsageError, match=said) as error:
        report_file(tmp_path / name, "--report")
    assert error.value.message.startswith("--report: ")
    assert error.value.hint


def test_a_report_replaces_what_is_there_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("old")
    written = write_report(report(), report_file(path, "--out"))
    assert written.written == str(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbffile,")
    assert [each.name for each in tmp_path.glob("*r.csv*")] == ["r.csv"]
    assert path.stat().st_mode & 0o400


def test_where_writing_fails_the_file_is_as_it_was(tmp_path: Path) -> None:
    target = report_file(tmp_path / "r.html", "--out")
    (tmp_path / "r.html").mkdir()
    with pytest.raises(BatchffError, match="the report isn't written to") as error:
        write_report(report(), target)
    assert error.value.hint == "write it again with: batchff report job --out FILE"
    assert [each.name for each in tmp_path.glob("*r.html*")] == ["r.html"]
