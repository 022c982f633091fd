from __future__ import annotations

import pytest

from batchff.console.screen.draw import draw
from batchff.console.screen.glyphs import UNICODE
from batchff.console.screen.line import Look, Piece, line_text
from batchff.console.screen.terminal import Canvas
from tests.console.screen.film import Terminal, states

SIZES = [(40, 15), (80, 24), (200, 60)]
COLOURS = ("\x1b[31m", "\x1b[32m", "\x1b[33m")


def canvas(terminal: Terminal, **environ: str) -> Canvas:
    made = Canvas(terminal, environ)  # type: ignore[arg-type]
    made.open()
    return made


def normal(text: str) -> str:
    """A row as the terminal has it: a mark may be a character of its own, or not."""
    import unicodedata

    return unicodedata.normalize("NFC", text.rstrip())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_is_drawn_is_what_is_seen(width: int, height: int) -> None:
    terminal = Terminal(width, height)
    shown = canvas(terminal)
    for now, state in states():
        lines = draw(state, width, height, now, UNICODE)
        shown.show(lines, width, height, None)
        wanted = [*map(line_text, lines), *[""] * (height - len(lines))]
        assert [*map(normal, terminal.rows)] == [*map(normal, wanted)]


def test_a_resize_leaves_nothing_of_before() -> None:
    terminal = Terminal(200, 60)
    shown = canvas(terminal)
    sizes = [(200, 60), (40, 15), (80, 24), (120, 12), (80, 24)]
    for number, (now, state) in enumerate(states()):
        width, height = sizes[number // 7 % len(sizes)]
        if terminal.size != (width, height):
            terminal.resize(width, height)
        lines = draw(state, width, height, now, UNICODE)
        shown.show(lines, width, height, None)
        fresh = Terminal(width, height)
        canvas(fresh).show(lines, width, height, None)
        assert terminal.rows == fresh.rows


def test_after_another_program_wrote_on_it_a_frame_is_drawn_as_a_whole() -> None:
    terminal = Terminal(80, 24)
    shown = canvas(terminal)
    now, state = list(states())[100]
    lines = draw(state, 80, 24, now, UNICODE)
    shown.show(lines, 80, 24, None)
    clean = terminal.rows
    terminal.write("\x1b[5;5Hsomething else\x1b[20;1Hmore")
    shown.show(lines, 80, 24, None)
    assert terminal.rows != clean, "only what changed is written"
    shown.redraw()
    shown.show(lines, 80, 24, None)
    assert terminal.rows == clean


def test_a_terminal_of_other_widths_keeps_the_columns() -> None:
    terminal = Terminal(80, 24)
    # What it takes for wider than it's said to be: a name that pyte shows in 4 cells.
    line = (Piece(0, "映画"), Piece(10, "100 %"))
    canvas(terminal).show([line], 80, 24, None)
    assert terminal.rows[0].replace("映画", "____").index("100 %") == 10


def test_a_frame_is_one_update_and_only_of_what_changed() -> None:
    terminal = Terminal(80, 24)
    shown = canvas(terminal)
    lines = [(Piece(0, "a"),), (Piece(0, "b"),)]
    shown.show(lines, 80, 24, None)
    terminal.written = ""
    shown.show([lines[0], (Piece(0, "c"),)], 80, 24, None)
    assert terminal.written == "\x1b[?2026h\x1b[2;1Hc\x1b[K\x1b[?2026l"
    terminal.written = ""
    shown.show([lines[0], (Piece(0, "c"),)], 80, 24, None)
    assert terminal.written == ""


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_is_honoured(environ: dict[str, str], coloured: bool) -> None:
    terminal = Terminal(80, 24)
    line = tuple(Piece(4 * place, "abc", look) for place, look in enumerate(Look))
    canvas(terminal, **environ).show([line], 80, 24, None)
    assert all((colour in terminal.written) is coloured for colour in COLOURS)
    assert "\x1b[1m" in terminal.written


def test_the_tab_shows_the_percent_and_is_cleared() -> None:
    terminal = Terminal(80, 24)
    shown = canvas(terminal)
    for percent in (None, 5, 5, 6):
        shown.show([], 80, 24, percent)
    shown.close()
    tab = [part.partition("\x07")[0] for part in terminal.written.split("\x1b]9;4;")[1:]]
    assert tab == ["3", "1;5", "1;6", "0"]


def test_an_old_iterm_which_would_show_a_message_gets_none() -> None:
    terminal = Terminal(80, 24)
    shown = canvas(terminal, TERM_PROGRAM="iTerm.app")
    shown.show([], 80, 24, 5)
    shown.close()
    assert "\x1b]9;4" not in terminal.written


def test_the_terminal_is_given_back_as_it_was() -> None:
    terminal = Terminal(80, 24)
    shown = canvas(terminal)
    shown.close()
    shown.close()
    for mode, beginning in (("1049", "h"), ("25", "l"), ("7", "l")):
        end = "l" if beginning == "h" else "h"
        assert terminal.written.count(f"\x1b[?{mode}{beginning}") == 1
        assert terminal.written.count(f"\x1b[?{mode}{end}") == 1


def test_a_terminal_without_these_characters_shows_a_mark_for_each() -> None:
    terminal = Terminal(80, 24)
    terminal.encoding = "ascii"
    line = (Piece(1, "映画.mkv"), Piece(12, "50 %"))
    canvas(terminal).show([line], 80, 24, None)
    assert terminal.written.isascii()
    assert terminal.rows[0] == " ??.mkv     50 %"
