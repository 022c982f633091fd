from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.screen.changes import advance
from batchff.console.screen.draw import draw
from batchff.console.screen.fit import cells
from batchff.console.screen.glyphs import ASCII, UNICODE
from batchff.console.screen.line import Line, line_text
from batchff.console.screen.state import ScreenState
from batchff.events.jobs import CountsChanged, TaskProgressed, TaskStarted, WorkPlanned
from batchff.events.pools import NodeChanged
from batchff.model.jobs import TaskWork
from tests.console.screen.film import NAMES, TASKS, states

SIZES = [(40, 15), (80, 24), (200, 60)]


def assert_fits(lines: list[Line], width: int, height: int) -> None:
    assert len(lines) <= height
    for line in lines:
        at = 0
        for piece in line:
            assert piece.column >= at, f"pieces overlap: {line_text(line)!r}"
            assert piece.text.isprintable()
            at = piece.end
        assert at <= width, f"too wide: {line_text(line)!r}"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_each_frame_of_a_job_fits(width: int, height: int) -> None:
    for now, state in states():
        assert_fits(draw(state, width, height, now, UNICODE), width, height)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_name_that_is_cut_has_an_ellipsis_and_its_suffix(width: int, height: int) -> None:
    whole = 0
    for now, state in states():
        lines = [line_text(line) for line in draw(state, width, height, now, UNICODE)]
        heads = [number for number, line in enumerate(lines) if line.startswith(" FILE")]
        if not heads:
            continue
        for line in lines[heads[0] + 1 : heads[0] + 1 + len(state.running)]:
            shown = line[1:].split("  ")[0].split(" 1")[0].removesuffix(" again")
            if line.startswith((" …", " ✗", "   and")) or not line[1:2].strip():
                break
            if "…" in shown:
                assert any(shown.partition("…")[2].endswith(name[-4:]) for name in NAMES), shown
            else:
                whole += 1
                assert any(line[1:].startswith(name) for name in NAMES) or "\\x1b" in line, line
    assert whole or width < 200


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_columns_dont_jump(width: int, height: int) -> None:
    headings, percents = set(), set()
    for now, state in states():
        lines = draw(state, width, height, now, UNICODE)
        texts = [line_text(line) for line in lines]
        for number, text in enumerate(texts):
            if not text.startswith(" FILE"):
                continue
            headings.add(tuple(piece.column for piece in lines[number]))
            for line in lines[number + 1 : number + 1 + len(state.running)]:
                percents |= {piece.end for piece in line if piece.text.endswith(" %")}
    assert len(headings) == len(percents) == 1


def test_at_80_columns_the_whole_job_is_told() -> None:
    frames = {}
    for now, state in states():
        frames[now] = "\n".join(line_text(line) for line in draw(state, 80, 24, now, UNICODE))
    boot, encode = frames[13.0], frames[105.0]
    assert "videos → h264   40 files, 39.1 KiB" in boot
    assert "job videos-b7207  elapsed 0:13" in boot
    assert "39.1 KiB  done in 0:11" in boot
    assert "6 boot 0:12" in boot
    assert "6 nodes boot, since 0:12; that usually takes some minutes on Azure" in boot
    assert "a word in passing" in boot
    assert "6 done" not in boot
    assert "8 running" in encode
    assert "ETA " in encode.splitlines()[1] and "±" in encode.splitlines()[1]
    assert "of real time" in encode
    assert " so far, ~" in encode and " EUR" in encode
    preempted = frames[135.0]
    assert "1 preempted" in preempted
    assert "✗ bad/8.mp4" in preempted and "it's empty (0 bytes)" in preempted
    assert "AllocationFailed" in preempted


def test_a_file_that_is_checked_says_so() -> None:
    checking = [
        line_text(line)
        for now, state in states()
        for line in draw(state, 80, 24, now, UNICODE)
        if "check" in line_text(line)
    ]
    assert checking
    assert all("decoding the output" in line for line in checking)


def test_what_doesnt_fit_is_counted() -> None:
    for now, state in states():
        if len(state.running) == 8:
            lines = [line_text(line) for line in draw(state, 40, 12, now, UNICODE)]
            assert any("and " in line and " more" in line for line in lines)


def test_at_160_columns_there_are_two_panels() -> None:
    now, state = [each for each in states() if len(each[1].running) == 8][0]
    for width, panels in ((159, 1), (160, 2)):
        lines = [line_text(line) for line in draw(state, width, 40, now, UNICODE)]
        (heading,) = (line for line in lines if line.startswith(" FILE"))
        assert heading.count("NODE") == panels
    assert any("n1    ■■  busy" in line for line in lines)


def test_of_many_nodes_each_slot_has_a_cell_and_the_rest_is_counted() -> None:
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "p", 40, 1, TASKS), 0.0)
    state = advance(state, CountsChanged("j", 30, 10, 0, 0, files=40), 0.0)
    state = advance(state, TaskStarted("t04", NAMES[4], "n-0", None), 0.0)
    for number in range(2000):
        state = advance(state, NodeChanged("p", f"n-{number}", "running"), 0.0)
    lines = draw(state, 200, 30, 1.0, UNICODE)
    assert_fits(lines, 200, 30)
    text = "\n".join(map(line_text, lines))
    assert "2,000 busy" in text
    assert " more" in text


def test_ascii_terminals_get_ascii() -> None:
    for now, state in states():
        for line in draw(state, 80, 24, now, ASCII):
            for piece in line:
                if not any(piece.text in name or name in piece.text for name in NAMES):
                    ours = "".join(
                        c
                        for c in piece.text
                        if not unicodedata.name(c, "").startswith(
                            ("CJK", "HIRAGANA", "KATAKANA", "COMBINING", "CLAPPER", "FILM")
                        )
                    )
                    assert ours.isascii(), piece.text


@given(
    st.integers(40, 250),
    st.integers(12, 80),
    st.lists(st.text(min_size=1), min_size=1, max_size=20),
    st.floats(0, 1),
)
def test_whatever_files_are_called_the_screen_fits(
    width: int, height: int, names: list[str], fraction: float
) -> None:
    tasks = {str(number): TaskWork(name, 10.0, 1) for number, name in enumerate(names)}
    state = advance(ScreenState(0.0), WorkPlanned("j", names[0], names[-1], 1, 1, tasks), 0.0)
    state = advance(state, CountsChanged(names[0], 0, len(tasks), 0, 0), 0.0)
    for task, work in tasks.items():
        state = advance(state, TaskStarted(task, work.file, "n", None), 0.0)
        event = TaskProgressed(task, work.file, fraction, 1e9 * fraction, 1e7 * fraction, "n")
        state = advance(state, event, 1.0)
    for glyphs in (UNICODE, ASCII):
        assert_fits(draw(state, width, height, 1e6 * fraction, glyphs), width, height)


def test_the_wide_name_takes_two_cells_a_character() -> None:
    assert cells(NAMES[0]) > len(NAMES[0])


def test_of_a_job_with_several_presets_each_row_says_its_own() -> None:
    tasks = {
        f"t-{preset}": TaskWork("a-film-with-a-long-name.mp4", 10.0, 1, preset)
        for preset in ("speech", "video")
    }
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "speech + video", 1, 1, tasks), 0.0)
    state = advance(state, CountsChanged("j", 0, 2, 0, 0), 0.0)
    for task, work in tasks.items():
        state = advance(state, TaskStarted(task, work.file, "n", None), 0.0)
    for width in (60, 80, 200):
        rows = [line_text(line) for line in draw(state, width, 24, 1.0, UNICODE)]
        assert len([row for row in rows if ".mp4 · speech" in row]) == 1
        assert len([row for row in rows if ".mp4 · video" in row]) == 1
