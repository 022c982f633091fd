from __future__ import annotations

from batchff.console.report import markdown as module
from batchff.console.report.markdown import markdown
from tests.histories import FORMULA, encoded, failed, nothing, report, running


def test_the_text_says_all_that_the_report_does() -> None:
    lines = markdown(report()).splitlines()
    assert lines[0] == "# footage → mp3"
    assert lines[2].startswith("Job `job`. It ended at 2026-11-22 12:02:00Z")
    for line in (
        "| Files encoded | 3 of 7 | 4 failed |",
        "## Failed: 4 files",
        "| c.mp4 | 1.2 of 4.0 s: the file is cut off | repair the file |",
        "## Encoded: 3 files",
        "| a.mov | encoded | 0:40 | 1000 bytes | 500 bytes | 0:10 | 4.0× | n1 |  |",
        "| n1 | n\\_d | dedicated | 12:00:00 | 0:50 | 0:30 | 0:40 | 0.0 s | 2 | 0 | 0.0200 EUR |",
        "| Boot | 12:00:00 | 12:00:50 | 0:50 | 1 node |",
        "ffmpeg -i INPUT a.mp3",
        "- one thing isn't &lt;known&gt;",
    ):
        assert line in lines, line


def test_names_and_words_of_others_change_nothing_around_them() -> None:
    text = markdown(report())
    row = next(line for line in text.splitlines() if "alert" in line)
    assert row.startswith(
        '| &lt;script&gt;alert("1")&lt;/script&gt; &amp; \\`\\|\\*\\_\\[x\\](y)\'.mp4 | encoded |'
    )
    assert FORMULA in text
    assert "````text\n<b>moov</b> atom not found ```\n" in text
    assert "c2VjcmV0" not in text


def test_of_very_many_files_it_has_the_first() -> None:
    many = module.ROWS + 5
    text = markdown(report(tuple(encoded(f"{n}.mov") for n in range(many))))
    assert "… and 5 more: `batchff report job --out job.csv`" in text
    assert f"| {module.ROWS - 1}.mov |" in text and f"| {module.ROWS}.mov |" not in text
    bad = markdown(report(tuple(failed(f"{n}.mov") for n in range(many))))
    assert "… and 5 more" in bad


def test_a_job_that_goes_on_and_one_that_never_was() -> None:
    assert "It hasn't ended" in markdown(running())
    said = markdown(nothing())
    assert said.startswith("# Done before\n\nEarlier jobs had made all of it")
    assert "| a.mov | done before |" in said
