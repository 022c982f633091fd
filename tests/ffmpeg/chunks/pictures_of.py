"""What ffmpeg makes of a film and of its chunks: each picture's time, and the MD5 of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from batchff.ffmpeg.chunks.film import Film, Splice
from batchff.ffmpeg.chunks.open import open_film
from batchff.ffmpeg.chunks.recipes import chunk_recipe
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.model.byte_ranges import ByteRange

Picture = tuple[int, str]

_LINE = (
    *("-map", "0:v:0", "-map", "0:a:0", "-c:v", "rawvideo", "-c:a", "copy"),
    *("-fps_mode:v:0", "passthrough", "-enc_time_base:v:0", "1:90000"),
)


def make(path: Path, *words: str) -> Path:
    """Make a source with ffmpeg."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *words, str(path)]
    ended = subprocess.run(ffmpeg, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return path


def open_bytes(
    content: bytes, suffix: str = "", number: int | None = 0, used: Collection[int] | None = (0, 1)
) -> Film:
    """Open a film that is in memory."""

    def read(offset: int, length: int) -> bytes:
        return content[offset : offset + length]

    return open_film(read, len(content), suffix, number, used)


def spliced(splice: Splice, content: bytes) -> bytes:
    """Return the bytes of a file that is made of parts of another."""
    return b"".join(
        content[part.start : part.end] if isinstance(part, ByteRange) else part
        for part in splice.parts
    )


def whole_pictures(ffmpeg: Path, source: Path) -> list[Picture]:
    """Return the pictures that ffmpeg makes of a whole source, by their times."""
    return _pictures(ffmpeg, source, ("-i", "{input}", *_LINE))


def chunk_pictures(
    ffmpeg: Path, folder: Path, film: Film, cuts: Sequence[int], content: bytes
) -> list[Picture]:
    """Return the pictures that ffmpeg makes of a film's chunks, one chunk after the other."""
    recipe, _ = line_recipe([*_LINE], suffix=".mkv")
    found = []
    for first, after in zip(cuts, [*cuts[1:], None], strict=True):
        splice = film.chunk(first, after)
        path = folder / "chunk"
        path.write_bytes(spliced(splice, content))
        has_end = splice.ends is not None
        made = chunk_recipe(recipe, film.starts, has_end=has_end, is_anchored=splice.is_anchored)
        until = f"{float((splice.ends or 0) - film.starts):.6f}"
        words = [word.replace("{until}", until) for word in made.runs[0].arguments[:-1]]
        found += _pictures(ffmpeg, path, words)
    return found


def packets_of(ffmpeg: Path, source: Path, streams: str) -> list[str]:
    """Return the packets of some streams, as ffmpeg writes them down."""
    words = ["-copyts", "-i", str(source), "-map", streams, "-c", "copy", "-f", "framecrc", "-"]
    ended = _run(ffmpeg, words)
    return [line for line in ended.splitlines() if not line.startswith("#")]


def mutations(content: bytes) -> Callable[[Sequence[tuple[float, int]], float], bytes]:
    """Return what spoils some bytes of a file, and cuts it off."""

    def spoil(changes: Sequence[tuple[float, int]], left: float) -> bytes:
        spoilt = bytearray(content)
        for place, value in changes:
            spoilt[int(place * (len(spoilt) - 1))] = value
        return bytes(spoilt[: int(left * len(spoilt))])

    return spoil


def _pictures(ffmpeg: Path, source: Path, words: Sequence[str]) -> list[Picture]:
    words = [str(source) if word == "{input}" else word for word in words]
    printed = _run(ffmpeg, [*words, "-f", "framemd5", "-"])
    lines = [line.split(",") for line in printed.splitlines() if line.startswith("0,")]
    assert "#tb 0: 1/90000" in printed
    return sorted((int(line[2]), line[5].strip()) for line in lines)


def _run(ffmpeg: Path, words: Sequence[str]) -> str:
    ended = subprocess.run(
        [str(ffmpeg), "-nostdin", "-v", "error", *words], capture_output=True, text=True
    )
    # A picture may say to forget one that was before the chunk.
    said = [line for line in ended.stderr.splitlines() if "mmco: unref short" not in line]
    assert (ended.returncode, said) == (0, []), ended.stderr
    return ended.stdout
