"""The README's pictures, and the script that makes them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

MEDIA = Path(__file__).parent.parent / ".github" / "media"
DEMO, SCREEN = MEDIA / "demo.svg", MEDIA / "screen.svg"

LIVE = b"\x1b[?1049h\x1b[1;1H\x1b[33m\xe2\x94\x81\xe2\x94\x81\xe2\x95\xb8\x1b[0m 5 < 6 \x1b[2mfaint"


@pytest.fixture(scope="module")
def record() -> ModuleType:
    if sys.platform == "win32":
        pytest.skip("the script needs a pseudo-terminal")
    spec = importlib.util.spec_from_file_location("record", MEDIA / "record.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["record"] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module


def words_of(picture: str) -> str:
    root = ElementTree.fromstring(picture)
    return " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("file", [DEMO, SCREEN], ids=lambda file: file.name)
def test_a_picture_is_small_and_needs_nothing_else(file: Path) -> None:
    picture = file.read_text("utf-8")
    assert len(picture.encode()) < 400_000
    assert all(link.startswith("#") for link in re.findall(r'(?:href|src)="([^"]*)', picture))
    assert not re.search(r"<(script|image|foreignObject)|url\(|@import", picture)
    assert "prefers-color-scheme: dark" in picture
    assert "/tmp" not in picture and "/home" not in picture


def test_they_show_the_command_that_the_script_types(record: ModuleType) -> None:
    assert record.COMMAND in words_of(DEMO.read_text("utf-8"))
    assert "1 failed" in words_of(SCREEN.read_text("utf-8"))
    assert Path(record.CUT_OFF).name in words_of(SCREEN.read_text("utf-8"))


@pytest.mark.skipif(sys.platform == "win32", reason="it needs a pseudo-terminal")
def test_the_script_makes_them_of_a_real_run(tmp_path: Path) -> None:
    made, temporary = tmp_path / "made", tmp_path / "temporary"
    made.mkdir()
    temporary.mkdir()
    program = (
        "from pathlib import Path\n"
        "import record\n"
        "record.CLIPS = (('a.mov', 4, 'testsrc2'), ('b.mov', 2, 'testsrc2'))\n"
        "record.CUT_OFF = 'b.mov'\n"
        "record.COMMAND = 'batchff submit videos'\n"
        f"record.HERE = Path({str(made)!r})\n"
        "record.main()\n"
    )
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(temporary)}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=MEDIA,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    demo = words_of((made / DEMO.name).read_text("utf-8"))
    assert "$ batchff submit videos" in demo
    assert "1 encoded, 1 failed" in demo
    assert "1 file not sent" in words_of((made / SCREEN.name).read_text("utf-8"))
    assert not list(temporary.iterdir())


def test_a_frame_is_drawn_as_the_terminal_shows_it(record: ModuleType) -> None:
    terminal = record.Terminal()
    terminal.feed(b"$ batchff")
    before = terminal.frame(0.0)
    terminal.feed(LIVE)
    live = terminal.frame(1.0)
    terminal.feed(b"\x1b[?1049l")

    assert live.is_live
    assert terminal.frame(2.0).rows == before.rows
    assert record.fullest([before, live]) == live
    drawn = record.draw([(1, live)], "a & b")
    assert words_of(drawn) == "5 < 6 faint"
    assert '<rect class="y" x="0" y="-6" width="16" height="4"/>' in drawn
    assert '<rect class="y" x="16" y="-6" width="4" height="4"/>' in drawn
    assert '<text class="f"' in drawn
    assert "animation" not in drawn


def test_waits_are_cut_and_frames_that_nobody_could_see_left_out(record: ModuleType) -> None:
    terminal = record.Terminal()
    terminal.feed(LIVE)
    rows = terminal.frame(0.0).rows
    times = [0.0, 100.0, 100.1, 100.2, 103.0]
    shown = record.shown_times([record.Frame(at, rows, is_live=True) for at in times])
    assert [frame.at for _, frame in shown] == [0.0, 100.2, 103.0]
    assert max(seconds for seconds, _ in shown[:-1]) < 1
    assert shown[-1][0] == record.END_STAYS
    assert "@keyframes" in record.draw(shown, "title")
