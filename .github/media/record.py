#!/usr/bin/env python3
"""Record `batchff submit` on the emulator: writes demo.svg (moving) and screen.svg beside itself.

    .venv/bin/python .github/media/record.py

It makes clips with ffmpeg, one of them cut off, types the command into a shell in a terminal of
80 × 24, and draws what the terminal shows. Everything is in a temporary folder, also the home.
Waits are cut, and the rest is shown faster than it was; the pictures name nothing outside them.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte
from imageio_ffmpeg import get_ffmpeg_exe

HERE = Path(__file__).parent
COLUMNS, ROWS = 80, 24
COMMAND = "batchff submit videos --preset h264-480 --nodes 4"
PROMPT = "$ "

# Each clip's name, its seconds and its source in libavfilter's words.
CLIPS = (
    ("day1/arrival.mov", 24, "testsrc2"),
    ("day1/harbour at dusk.mov", 40, "testsrc2"),
    ("day1/interview-anna.mkv", 60, "smptehdbars"),
    ("day1/interview-bo.mkv", 48, "smptehdbars"),
    ("day1/market.mp4", 16, "testsrc2"),
    ("day2/drone-01.mp4", 28, "testsrc2"),
    ("day2/drone-02.mp4", 36, "testsrc2"),
    ("day2/ferry.mp4", 20, "testsrc2"),
    ("day2/scene-04.mov", 32, "testsrc2"),
    ("day2/workshop.mkv", 56, "smptehdbars"),
    ("extras/titles.mp4", 12, "testsrc2"),
    ("extras/trailer.mp4", 14, "testsrc2"),
)
CUT_OFF = "day2/drone-02.mp4"

# Times of the moving picture, in seconds.
FASTER = 6.0
LONGEST_STILL, SHORTEST_STILL = 0.7, 0.35
END_STAYS = 6.0

# A character of the style's font is eight wide.
CELL_WIDTH, CELL_HEIGHT, BASE = 8, 17, 13
PADDING, BAR = 16, 28
WIDTH = COLUMNS * CELL_WIDTH + 2 * PADDING
STYLE = """
text { font: 13.33px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre; }
.o { fill: #d1d9e0 }
text, rect { fill: #1f2328 } .f { fill: #6e7781 } .g { fill: #1a7f37 } .y { fill: #9a6700 }
.r { fill: #cf222e } .b { font-weight: bold } .w { fill: #ffffff; stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  .o { fill: #3d444d }
  text, rect { fill: #e6edf3 } .f { fill: #8b949e } .g { fill: #3fb950 } .y { fill: #d29922 }
  .r { fill: #f85149 } .w { fill: #0d1117; stroke: #3d444d }
}
"""
CLASSES = {"green": "g", "brown": "y", "red": "r", "brightblack": "f"}
# What's drawn as a bar: where in its cell it begins and ends.
LINES = {"━": (0.0, 1.0), "╸": (0.0, 0.5), "╺": (0.5, 1.0), "─": (0.0, 1.0)}
BLOCKS = "▁▂▃▄▅▆▇█"


class Cell(NamedTuple):
    """What a cell shows, and by which class of the style."""

    text: str
    look: str


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Frame:
    """What the terminal showed from a second on."""

    at: float
    rows: tuple[Row, ...]
    is_live: bool


class Terminal:
    """A terminal that has two screens, which pyte's alone hasn't."""

    def __init__(self) -> None:
        self.is_live = False
        self._main, self._other = (pyte.Screen(COLUMNS, ROWS) for _ in range(2))
        self._streams = {
            id(screen): pyte.ByteStream(screen) for screen in (self._main, self._other)
        }

    @property
    def screen(self) -> pyte.Screen:
        """The screen that is shown."""
        return self._other if self.is_live else self._main

    def feed(self, text: bytes) -> None:
        """Take what a program wrote."""
        # pyte knows no faint text, but it knows grey.
        text = text.replace(b"\x1b[2m", b"\x1b[90m")
        while text:
            mark = b"\x1b[?1049l" if self.is_live else b"\x1b[?1049h"
            before, found, text = text.partition(mark)
            self._streams[id(self.screen)].feed(before)
            if found:
                self.is_live = not self.is_live

    def frame(self, at: float) -> Frame:
        """Return what is shown, as of a second."""
        screen = self.screen
        rows = tuple(
            tuple(_cell(screen.buffer[row][column]) for column in range(COLUMNS))
            for row in range(ROWS)
        )
        return Frame(at, rows, self.is_live)

    @property
    def waits(self) -> bool:
        """Whether the shell waits for a command."""
        row = self._main.display[self._main.cursor.y].rstrip()
        return not self.is_live and row == PROMPT.rstrip()


def _cell(char: pyte.screens.Char) -> Cell:
    look = CLASSES.get(char.fg, "n")
    return Cell(char.data, f"{look} b" if char.bold else look)


def make_clips(folder: Path) -> None:
    """Make the clips, and cut one off."""
    for name, seconds, source in CLIPS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        video = f"{source}=size=854x480:rate=25:duration={seconds}"
        sound = f"sine=frequency=440:duration={seconds}"
        inputs = ["-f", "lavfi", "-i", video, "-f", "lavfi", "-i", sound]
        codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
        subprocess.run([get_ffmpeg_exe(), "-v", "error", *inputs, *codecs, path], check=True)
    with (folder / CUT_OFF).open("r+b") as file:
        file.truncate((folder / CUT_OFF).stat().st_size // 2)


def record(work: Path, environ: dict[str, str]) -> list[Frame]:
    """Type the command into a shell, and return what its terminal showed."""
    child, master = pty.fork()
    if child == 0:
        os.chdir(work)
        os.execvpe("sh", ["sh", "-i"], environ)
    import fcntl
    import struct
    import termios

    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    frames: list[Frame] = []
    terminal, begun = Terminal(), time.monotonic()
    typed, is_running = 0, False
    while True:
        if select.select([master], [], [], 0.07)[0]:
            terminal.feed(os.read(master, 1 << 16))
            if select.select([master], [], [], 0.02)[0]:
                continue  # a frame in pieces
        frame = terminal.frame(time.monotonic() - begun)
        if not frames or frames[-1].rows != frame.rows:
            frames.append(frame)
        if typed < len(COMMAND) and (typed or terminal.waits):
            os.write(master, COMMAND[typed].encode())
            typed += 1
        elif typed == len(COMMAND):
            os.write(master, b"\n")
            typed += 1
        elif is_running and terminal.waits:
            break
        is_running = is_running or terminal.is_live
    os.kill(child, signal.SIGHUP)
    os.waitpid(child, 0)
    return frames


def shown_times(frames: Sequence[Frame]) -> list[tuple[float, Frame]]:
    """Return how long each frame is shown: faster than it was, and without waits."""
    shown: list[tuple[float, Frame]] = []
    for frame, after in zip(frames, [*frames[1:], None], strict=True):
        seconds = END_STAYS if after is None else after.at - frame.at
        if after is not None:
            is_typing = not shown or (not frame.is_live and seconds < SHORTEST_STILL)
            seconds = min(seconds if is_typing else seconds / FASTER, LONGEST_STILL)
        shown.append((seconds, frame))
    return list(_joined(shown))


def _joined(shown: Sequence[tuple[float, Frame]]) -> Iterator[tuple[float, Frame]]:
    """Leave out frames that are too short to be seen: the next one takes their time."""
    carried = 0.0
    for seconds, frame in shown:
        carried += seconds
        is_typing = not frame.is_live
        if carried >= (0.05 if is_typing else SHORTEST_STILL):
            yield carried, frame
            carried = 0.0


def fullest(frames: Sequence[Frame]) -> Frame:
    """Return the frame of the live screen that shows most: of these, a late one."""
    live = [frame for frame in frames if frame.is_live]
    if not live:
        raise SystemExit("the live screen was never drawn")
    filled = [sum(len(_text(row).replace(" ", "")) for row in frame.rows) for frame in live]
    most = max(filled)
    best = [frame for frame, number in zip(live, filled, strict=True) if number > most * 0.85]
    return best[len(best) * 4 // 5]


def _text(row: Row) -> str:
    return "".join(cell.text for cell in row).rstrip()


def draw_row(row: Row) -> str:
    """Draw a row whose base line begins at 0, 0."""
    drawn, at = [], 0
    for look, cells in groupby(row, key=lambda cell: cell.look):
        text = "".join(cell.text for cell in cells)
        drawn += [_draw_piece(piece, at + start, look) for start, piece in _pieces(text)]
        at += len(text)
    return "".join(drawn)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Divide text of one look into bars, blocks, and words with single blanks between them."""
    at = 0
    for kind, group in groupby(text, key=_kind):
        piece = "".join(group)
        if kind == "words":
            start = at
            for part in piece.split("  "):
                words = part.strip(" ")
                if words:
                    yield start + len(part) - len(part.lstrip(" ")), words
                start += len(part) + 2
        else:
            yield at, piece
        at += len(piece)


def _kind(character: str) -> str:
    return character if character in LINES or character in BLOCKS or character == "■" else "words"


def _draw_piece(text: str, column: int, look: str) -> str:
    x, count, kind = column * CELL_WIDTH, len(text), text[0]
    if kind in LINES:
        begin, end = LINES[kind]
        width = (count - 1 + end - begin) * CELL_WIDTH
        top, height = (8.0, 1.0) if kind == "─" else (7.0, 4.0)
        return _box(x + begin * CELL_WIDTH, top, width, height, look)
    if kind in BLOCKS:
        tall = (BLOCKS.index(kind) + 1) * (CELL_HEIGHT - 3) / 8
        return _box(x, CELL_HEIGHT - 1 - tall, count * CELL_WIDTH, tall, look)
    if kind == "■":
        return "".join(_box(x + n * CELL_WIDTH + 0.5, 5, 7, 8, look) for n in range(count))
    return f'<text{_class(look)} x="{x}">{escape(text, quote=False)}</text>'


def _box(x: float, y: float, width: float, height: float, look: str) -> str:
    """Draw a box; `y` is from the cell's top, and a row is drawn from its base line."""
    place = f'x="{x:g}" y="{y - BASE:g}" width="{width:g}" height="{height:.3g}"'
    return f"<rect{_class(look[0])} {place}/>"


def _class(look: str) -> str:
    return "" if look == "n" else f' class="{look}"'


def draw(shown: Sequence[tuple[float, Frame]], title: str) -> str:
    """Draw frames as an animation, each for its seconds; a single frame as a still picture."""
    numbers: dict[Row, int] = {}
    drawn_frames = []
    for number, (_, frame) in enumerate(shown):
        uses = "".join(
            f'<use href="#r{numbers.setdefault(row, len(numbers))}" y="{y}"/>'
            for y, row in zip(range(BASE, ROWS * CELL_HEIGHT, CELL_HEIGHT), frame.rows, strict=True)
            if _text(row)
        )
        place = f' transform="translate({number * WIDTH})"' if number else ""
        drawn_frames.append(f"<g{place}>{uses}</g>")
    rows = "\n".join(f'<g id="r{number}">{draw_row(row)}</g>' for row, number in numbers.items())
    buttons = "".join(f'<circle class="o" cx="{18 + n * 16}" cy="16" r="5"/>' for n in range(3))
    film = "\n".join(drawn_frames)
    filled = [line for _, frame in shown for line, row in enumerate(frame.rows) if _text(row)]
    inner = (max(filled) + 1) * CELL_HEIGHT  # without the rows that stay empty
    height = inner + PADDING + BAR + PADDING // 2
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" \
height="{height}" role="img" aria-label="{escape(title)}">
<title>{escape(title)}</title>
<style>{STYLE}{_moves(shown)}</style>
<rect class="w" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>{buttons}
<defs>
{rows}
</defs>
<svg x="{PADDING}" y="{BAR + PADDING / 2:g}" width="{WIDTH - 2 * PADDING}" \
height="{inner}"><g class="film">
{film}
</g></svg>
</svg>
"""


def _moves(shown: Sequence[tuple[float, Frame]]) -> str:
    if len(shown) < 2:
        return ""
    total, at, steps = sum(seconds for seconds, _ in shown), 0.0, []
    for number, (seconds, _) in enumerate(shown):
        steps.append(f"{100 * at / total:.3f}%{{transform:translateX({-number * WIDTH}px)}}")
        at += seconds
    still = [number for number, (_, frame) in enumerate(shown) if frame.is_live]
    middle = still[len(still) // 2] if still else 0
    return (
        f".film {{ animation: film {total:.2f}s step-end infinite }}\n"
        f"@keyframes film {{ {''.join(steps)} }}\n"
        "@media (prefers-reduced-motion) { .film { animation: none; "
        f"transform: translateX({-middle * WIDTH}px) }} }}\n"
    )


def main() -> None:
    """Record, and write both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        work, home = Path(folder, "work"), Path(folder, "home")
        home.mkdir()
        make_clips(work / "videos")
        environ = {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PS1": PROMPT,
        }
        try:
            frames = record(work, environ)
        finally:
            subprocess.run(["batchff", "emulator", "stop"], env=environ, check=False)
    shown = shown_times(frames)
    still = fullest(frames)
    about = f"a terminal with {COMMAND}"
    (HERE / "demo.svg").write_text(draw(shown, f"{about}, from its start to its end"), "utf-8")
    (HERE / "screen.svg").write_text(draw([(1, still)], f"{about}: its screen"), "utf-8")
    seconds = sum(seconds for seconds, _ in shown)
    print(f"{len(shown)} frames, {seconds:.0f} s of {frames[-1].at:.0f} s")


if __name__ == "__main__":
    main()
