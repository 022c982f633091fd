"""Encodes pieces of a source, to tell what the whole comes to.

A piece isn't a part of the whole as it would be encoded: it begins with a picture that needs no
other, and an encoder that looks ahead sees its end too early. So that picture counts as often as
it would in the whole, and the last pictures don't count. A piece is read from a key of the source
where one is near; else the time to decode what comes before it is measured, and left out. So is
what an encoder takes to start, which the whole has only once.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batchff.ffmpeg.cpu_clock import CpuClock
from batchff.ffmpeg.demuxers import media_demuxers
from batchff.ffmpeg.framecrc import Packets, read_framecrc
from batchff.ffmpeg.line import INPUT
from batchff.ffmpeg.scoring import read_pixels, read_score, scoring_words
from batchff.ffmpeg.trial import RecipeFailed, guarded, run_recipe
from batchff.model.recipes import Recipe, Run

AHEAD = 1.6
"""How far encoders look ahead, in seconds: 40 pictures of 25 a second are x264's."""

_GROUP = re.compile(r"(?:^|:)keyint=(\d+)")
_GROUPS = {"libsvtav1": 161, "libvpx-vp9": 128, "libvpx": 128, "mpeg4": 12, "mpeg2video": 12}
_USUAL_GROUP = 250
_TO_READ = 20.0
_WHOLE = 1e6
_NEAR = 2.0
_BRIEF = 0.12
_BEYOND = 0.002
"""Times are rounded; a bit before a key would be the key before."""

_OWN_PARTS = frozenset({"-ss", "-sseof", "-t", "-to"})


@dataclass(frozen=True, slots=True)
class Sample:
    """What a piece came to: `cpu` seconds for `seconds` of the source, and bytes a second of it.

    Of these CPU seconds `startup` are for the start, however long the piece is. `score` is its
    quality, None where none is asked for or where it can't be told. `of` is how many bytes a second
    the source has there, 0 where that isn't known.
    """

    seconds: float
    cpu: float
    rate: float
    score: float | None = None
    of: float = 0.0
    startup: float = 0.0


def can_sample(recipe: Recipe) -> bool:
    """Return whether pieces of a source can be encoded: a recipe may say itself what it reads."""
    return not any(_OWN_PARTS & set(_input_options(run)) for run in recipe.runs)


def sample(
    recipe: Recipe,
    source: Path,
    ffmpeg: Path,
    until: float,
    piece: tuple[float, float] | None = None,
    beside: Sequence[Path] = (),
    *,
    length: float = 0.0,
    startup: float | None = None,
) -> Sample:
    """Encode a piece of a source, from a second on and for so many seconds, or all of it.

    All of it is of that `length` where the outputs, such as folders, don't say it.

    A piece should be some seconds, and `AHEAD`, longer than what is to count. `until` is the time
    of the monotonic clock when it's stopped. `startup` is measured unless it's known. Raises
    RecipeFailed where that fails, or where nothing comes out of it.
    """
    run, before = recipe, 0.0
    if piece is not None:
        start, before = _beginning(source, piece[0], ffmpeg, until)
        piece = (start, piece[1])
        run = _part(recipe, *piece)
    with tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        clock = CpuClock()
        made = run_recipe(run, source.resolve(), Path(folder, "making"), ffmpeg, until, beside)
        cpu = max(clock.cpu() - before, 0.0)
        score = _score(recipe, made[0], source, piece, ffmpeg, until)
        found = [_read(path, recipe, ffmpeg, is_piece=piece is not None) for path in made]
    seconds = max((each.seconds for each in found), default=0.0) or (piece[1] if piece else length)
    if not seconds:
        raise RecipeFailed("nothing comes out of a piece of it")
    rate = sum(each.rate or each.size / seconds for each in found)
    if piece is None:
        startup = 0.0
    elif startup is None:
        brief = _brief(recipe, source.resolve(), ffmpeg, until, piece[0], beside)
        startup = _startup(cpu, piece[1], brief - before)
    rate_there = _source_rate(source, piece, ffmpeg, until)
    return Sample(seconds, cpu, rate, score, rate_there, startup)


def _brief(
    recipe: Recipe,
    source: Path,
    ffmpeg: Path,
    until: float,
    start: float,
    beside: Sequence[Path],
) -> float:
    """Return the CPU seconds of a piece of `_BRIEF`, 0 where that has no picture."""
    with tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        clock = CpuClock()
        try:
            run = _part(recipe, start, _BRIEF)
            run_recipe(run, source, Path(folder, "making"), ffmpeg, until, beside)
        except RecipeFailed:
            return 0.0
        return clock.cpu()


def _startup(cpu: float, seconds: float, brief: float) -> float:
    """Return what two pieces took to start, a longer one and one of `_BRIEF`, in CPU seconds.

    The rest they took by their lengths.
    """
    if seconds <= 2 * _BRIEF:
        return 0.0
    return min(max((brief * seconds - cpu * _BRIEF) / (seconds - _BRIEF), 0.0), cpu)


def _source_rate(
    source: Path, piece: tuple[float, float] | None, ffmpeg: Path, until: float
) -> float:
    """Return how many bytes a second a source has in a piece; 0 for all of it."""
    if piece is None:
        return 0.0
    start, seconds = piece
    part = ["-ss", f"{start:.4f}", "-t", f"{seconds:.3f}"]
    copy = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-copyts", "-start_at_zero"]
    said = _read_by(ffmpeg, source, part, [*copy, "-f", "framecrc", "-"], until)
    # A copy begins with the last key before.
    sizes = (
        size
        for each in read_framecrc(said)
        for when, size in zip(each.times, each.sizes, strict=True)
        if start - _BEYOND <= when < start + seconds
    )
    return sum(sizes) / seconds


@dataclass(frozen=True, slots=True)
class _Made:
    """An output: how long it is, where that is known, and its bytes a second, or in all."""

    seconds: float = 0.0
    rate: float = 0.0
    size: int = 0


def _read(path: Path, recipe: Recipe, ffmpeg: Path, *, is_piece: bool) -> _Made:
    """Return what an output has; of a piece, as if it were within a whole."""
    if path.is_dir():
        files = (each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
        return _Made(size=sum(each.stat().st_size for each in files))
    size = path.stat().st_size
    film, others, seconds = _packets(path, ffmpeg)
    if seconds <= 0:
        return _Made(size=size)
    if not is_piece:
        return _Made(seconds, size / seconds)
    own = sum(film.sizes) + sum(sum(each.sizes) for each in others)
    count = len(film.sizes) + sum(len(each.sizes) for each in others)
    begin = min(film.times or [time_ for each in others for time_ in each.times])
    # A short piece has no end that could be left out.
    counted = seconds - AHEAD if film.times and seconds > 1.5 * AHEAD else seconds
    end = begin + counted
    if counted < seconds and _has_mini_groups(recipe):
        end = film.end_of_mini_groups(end) or end
        counted = end - begin
    shares = [each.until(end) / counted for each in others]
    rate = _film_rate(film, end, counted, group_of(recipe)) if film.times else 0.0
    return _Made(seconds, rate + sum(shares) + max(size - own, 0) / max(count, 1) * count / seconds)


def _score(
    recipe: Recipe,
    made: Path,
    source: Path,
    piece: tuple[float, float] | None,
    ffmpeg: Path,
    until: float,
) -> float | None:
    """Return the quality of what was made of a piece, where one is asked for and can be told."""
    if recipe.quality is None:
        return None
    path = source.resolve()
    pixels = read_pixels(
        _run_ffmpeg(ffmpeg, [*guarded(["-i", str(made)], {str(made)})], until).stderr
    )
    if pixels is None:
        return None
    words = scoring_words(recipe.quality, made, pixels, path, piece or (0.0, _WHOLE))
    return read_score(_run_ffmpeg(ffmpeg, [*guarded(words, {str(made), str(path)})], until).stderr)


def _packets(path: Path, ffmpeg: Path) -> tuple[Packets, list[Packets], float]:
    """Return the film's packets, those of other streams, and how many seconds it has.

    ffmpeg reads them, in a process of its own: a copied stream is as hostile as its source.
    """
    maps = [word for kind in "vas" for word in ("-map", f"0:{kind}?")]
    copy = [*maps, "-c", "copy", "-copyts", "-f", "framecrc", "-"]
    found = read_framecrc(_read_by(ffmpeg, path, [], copy, time.monotonic() + _TO_READ))
    film = next((each for each in found if each.is_film and len(each.times) > 1), None)
    begins = min((min(each.times) for each in found), default=0.0)
    ends = max((each.ends for each in found), default=0.0)
    others = [each for each in found if each is not film]
    return film or Packets(is_film=True), others, ends - begins


def _film_rate(film: Packets, end: float, seconds: float, group: int) -> float:
    """Return a film's bytes a second with as many keys as the whole would have."""
    order = sorted(range(len(film.times)), key=film.times.__getitem__)
    inner = [at for at in order if film.times[at] < end] or order[:1]
    sizes = [film.sizes[at] for at in inner]
    if len(inner) < 3 or len(inner) > 2 * group:
        return sum(sizes) / seconds
    first, *rest = sizes
    usual = sum(rest) / len(rest)
    return (usual + max(first - usual, 0.0) / group) * len(inner) / seconds


def group_of(recipe: Recipe) -> int:
    """Return after how many pictures a recipe's encoder places one that needs no other."""
    words = [word for run in recipe.runs for word in run.arguments]
    for name, value in zip(words, words[1:], strict=False):
        if name.partition(":")[0] == "-g" and value.isdigit():
            return max(int(value), 1)
        if (found := _GROUP.search(value)) and name.startswith("-"):
            return max(int(found[1]), 1)
    return next((_GROUPS[word] for word in words if word in _GROUPS), _USUAL_GROUP)


def _has_mini_groups(recipe: Recipe) -> bool:
    return any("libsvtav1" in run.arguments for run in recipe.runs)


def _part(recipe: Recipe, start: float, seconds: float) -> Recipe:
    runs = (replace(run, arguments=tuple(_with_part(run, start, seconds))) for run in recipe.runs)
    return replace(recipe, runs=tuple(runs))


def _with_part(run: Run, start: float, seconds: float) -> Iterable[str]:
    for argument, following in zip(run.arguments, (*run.arguments[1:], ""), strict=True):
        if argument == "-i" and following == INPUT:
            yield from ("-ss", f"{start:.4f}", "-t", f"{seconds:.3f}")
        yield argument


def _input_options(run: Run) -> Sequence[str]:
    """Return what stands before the last input of a run."""
    words = list(run.arguments)
    last = max((at for at, word in enumerate(words) if word == "-i"), default=0)
    return words[:last]


def _beginning(source: Path, start: float, ffmpeg: Path, until: float) -> tuple[float, float]:
    """Return when a piece begins that is to begin about then, and what it costs to get there.

    That is CPU seconds to decode what comes before, since the last picture that needs no other.
    """
    key = _key_before(source, start, ffmpeg, until)
    if key is None:
        return start, 0.0
    if start - key <= _NEAR:
        return max(key, 0.0) + _BEYOND, 0.0
    clock = CpuClock()
    part = ["-ss", f"{key + _BEYOND:.4f}", "-t", f"{start - key:.4f}"]
    _read_by(ffmpeg, source, part, ["-map", "0:v:0", "-f", "null", "-"], until)
    return start, clock.cpu()


def _key_before(source: Path, start: float, ffmpeg: Path, until: float) -> float | None:
    """Return when the last key before a time is shown: a copy begins with it."""
    copy = ["-map", "0:v:0", "-c", "copy", "-frames:v", "1", "-copyts", "-start_at_zero"]
    said = _read_by(ffmpeg, source, ["-ss", f"{start:.4f}"], [*copy, "-f", "framecrc", "-"], until)
    film = read_framecrc(said)
    return film[0].times[0] if film and film[0].times else None


def _read_by(
    ffmpeg: Path, source: Path, before: Sequence[str], after: Sequence[str], until: float
) -> str:
    """Let ffmpeg read a source as a file only; return what it printed."""
    formats = ",".join(media_demuxers())
    guard = ["-protocol_whitelist", "file", "-format_whitelist", formats]
    words = ["-v", "quiet", *before, *guard, "-i", str(source.resolve()), *after]
    return _run_ffmpeg(ffmpeg, words, until).stdout


def _run_ffmpeg(
    ffmpeg: Path, words: Sequence[str], until: float
) -> subprocess.CompletedProcess[str]:
    """Run ffmpeg; raise RecipeFailed where it isn't done at that time of the monotonic clock."""
    left = until - time.monotonic()
    try:
        if left <= 0:
            raise subprocess.TimeoutExpired(ffmpeg, 0)
        return subprocess.run(
            [ffmpeg, "-nostdin", "-hide_banner", *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=left,
        )
    except subprocess.TimeoutExpired:
        raise RecipeFailed("there was too little time") from None
