"""Runs a recipe on this machine: on a test picture, or on a second of a source.

folder/input.mp4 -> folder/film.mp4, as on a node: one run after the other in one folder. What fails
on a source and on the test picture alike would fail on every file.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batchff.errors import BatchffError, UsageError
from batchff.ffmpeg.demuxers import media_demuxers
from batchff.ffmpeg.line import INPUT
from batchff.ffmpeg.words import arguments_fault, cause_of, without_levels
from batchff.model.recipes import WHOLE, Recipe, RecipeOutput, Run

TRIAL_SECONDS = 20.0
_VERSION = re.compile(r"-v(\d+(?:\.\d+)*)(?:\.exe)?$")
_PLACE = re.compile(r"\{(input|with:\d+|measured:\w+)\}")
_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,16}")
# As on the nodes: silence gets a high loudness, so that it's never made louder; not 0, which means
# "not measured".
_LOUDNESS_INSTEAD = {
    ("input_i", "-inf"): "-0.01",
    ("input_i", "0.00"): "-0.01",
    ("input_tp", "-inf"): "-99",
    ("input_lra", "0.00"): "0.01",
    ("input_thresh", "-70.00"): "-69.99",
    ("target_offset", "inf"): "0",
    ("target_offset", "-inf"): "0",
}
_CLIP = [
    *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"),
    *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"),
]
_CLIP_OPTIONS = [
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    *("-c:a", "aac", "-ac", "2"),
]
_SUBTITLE = "1\n00:00:00,000 --> 00:00:02,000\nText\n"


def bundled_ffmpeg() -> Path | None:
    """Return the ffmpeg that imageio-ffmpeg carries for this machine, None where it has none."""
    import imageio_ffmpeg  # type: ignore[import-untyped]

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def version_of(ffmpeg: Path) -> str:
    """Return the version that imageio-ffmpeg's file names have; empty for another program."""
    found = _VERSION.search(ffmpeg.name)
    return found[1] if found else ""


def nvidia_fault(ffmpeg: Path) -> str:
    """Return why an ffmpeg can't encode by an NVIDIA GPU of this machine; empty where it can."""
    words = ["-nostdin", "-v", "level+info", "-f", "lavfi", "-i", "color=size=256x256:duration=0.1"]
    until = time.monotonic() + TRIAL_SECONDS
    with tempfile.TemporaryDirectory(prefix="batchff-") as name:
        try:
            output = ["-c:v", "h264_nvenc", "-f", "null", "-"]
            ended = _call(ffmpeg, [*words, *output], Path(name), until)
        except BatchffError as error:
            return error.message
    return "" if ended.returncode == 0 else cause_of(ended.stderr)


class RecipeFailed(UsageError):
    """ffmpeg fails on a recipe; `words` is all that it said."""

    def __init__(self, message: str, *, words: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.words = words


def try_recipe(recipe: Recipe, ffmpeg: Path, beside: Sequence[Path] = ()) -> None:
    """Make a recipe's outputs of a test clip, with a picture and a sound of two seconds.

    Where a filter reads the source itself, the clip has a subtitle. The files `beside` are the
    user's own. The result is thrown away. Raises RecipeFailed for what ffmpeg refuses, for an
    output that it doesn't make, and after 20 seconds.
    """
    until = time.monotonic() + TRIAL_SECONDS
    with tempfile.TemporaryDirectory(prefix="batchff-") as name:
        source = Path(name, "source.mp4")
        clip = [*_CLIP, *_CLIP_OPTIONS]
        if any(_opens_source(word) for run in recipe.runs for word in run.arguments):
            subtitle = Path(name, "subtitle.srt")
            subtitle.write_text(_SUBTITLE)
            clip = [*_CLIP, "-i", str(subtitle), *_CLIP_OPTIONS, "-c:s", "mov_text"]
        words = ["-nostdin", "-v", "error", *clip, str(source)]
        ended = _call(ffmpeg, words, Path(name), until)
        if ended.returncode != 0:
            raise BatchffError(
                f"{ffmpeg} makes no test clip: {cause_of(ended.stderr)}",
                hint="nothing was tried",
            )
        run_recipe(recipe, source, Path(name, "making"), ffmpeg, until, beside)


def try_on_source(
    recipe: Recipe,
    source: Path,
    ffmpeg: Path,
    beside: Sequence[Path] = (),
    *,
    general: Recipe | None = None,
) -> str:
    """Try a recipe on a second of a source; return ffmpeg's complaint, or an empty text.

    A failure may be the source's fault. So RecipeFailed is raised only if the test picture fails as
    well, or if ffmpeg refuses its arguments. A trial of more than 20 seconds, or one that makes
    nothing of so short a source, counts as no failure. `beside` are the files beside the source.
    Where the recipe was fitted to the source, `general` is what the picture is tried with: it has
    other streams. The result is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="batchff-") as name:
        until = time.monotonic() + TRIAL_SECONDS
        making = Path(name, "making")
        try:
            run_recipe(_brief(recipe), source.resolve(), making, ffmpeg, until, beside)
        except RecipeFailed as error:
            if not error.words:
                return ""
            if arguments_fault(error.words.splitlines()):
                raise
            try_recipe(general or recipe, ffmpeg, beside)
            return error.message
    return ""


def _brief(recipe: Recipe) -> Recipe:
    """Let each run read a second of the source, from where it seeks to."""
    return replace(
        recipe, runs=tuple(replace(run, arguments=_second(run.arguments)) for run in recipe.runs)
    )


def _second(arguments: Sequence[str]) -> tuple[str, ...]:
    brief: list[str] = []
    options: set[str] = set()
    for argument, following in zip(arguments, (*arguments[1:], ""), strict=True):
        if argument == "-i":
            if following == INPUT and not options & {"-t", "-to"}:
                brief += ["-t", "1"]
            options.clear()
        options.add(argument)
        brief.append(argument)
    return tuple(brief)


@dataclass(frozen=True, slots=True)
class _Node:
    """Where runs are done, as on a node: `names` are those of the files, by their places."""

    folder: Path
    names: Mapping[str, str]
    ffmpeg: Path
    until: float

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return _call(self.ffmpeg, ["-nostdin", "-hide_banner", *words], self.folder, self.until)


def run_recipe(
    recipe: Recipe,
    source: Path,
    folder: Path,
    ffmpeg: Path,
    until: float,
    beside: Sequence[Path] = (),
) -> list[Path]:
    """Make a recipe's outputs of a source in a folder, which is made; return them.

    `until` is the time of the monotonic clock when it's stopped. Raises RecipeFailed, and
    UsageError where the recipe reads more files than there are `beside`.
    """
    if recipe.files_beside > len(beside):
        raise UsageError(
            f"{recipe.name} reads {{with:{recipe.files_beside - 1}}}, a file beside the source",
            hint="name the file by --with",
        )
    folder.mkdir()
    files = {"input": source, **{f"with:{n}": file for n, file in enumerate(beside)}}
    names = {place: _node_name(place, file) for place, file in files.items()}
    for place, file in files.items():
        (folder / names[place]).symlink_to(file.resolve())
    for each in recipe.folders:
        (folder / each).mkdir()
    node = _Node(folder, names, ffmpeg, until)
    # A node finds it; here any will do.
    measured = {"crf": f"{recipe.quality.start:g}"} if recipe.quality else {}
    for number, run in enumerate(recipe.runs):
        where = f"run {number + 1} of {len(recipe.runs)}: " if len(recipe.runs) > 1 else ""
        try:
            measured |= _run(run, measured, node)
        except RecipeFailed as error:
            raise RecipeFailed(where + error.message, words=error.words) from None
    return [_made(output, folder) for output in recipe.outputs]


def _node_name(place: str, file: Path) -> str:
    suffix = file.suffix.lower()
    return place.replace(":", "-") + (suffix if _PLAIN_SUFFIX.fullmatch(suffix) else "")


def _run(run: Run, measured: Mapping[str, str], node: _Node) -> dict[str, str]:
    """Do one run; return what it measured."""
    values = {**node.names, **{f"measured:{key}": value for key, value in measured.items()}}
    for word in run.arguments:
        for found in _PLACE.finditer(word):
            if found[0] != word and found[1] in node.names:
                _check_opened(node.names[found[1]], node)
    words = [_PLACE.sub(lambda found: values[found[1]], word) for word in run.arguments]
    before = ["-y", "-v", "level+info", "-progress", "pipe:1"]
    ended = node.call(*before, *guarded(words, frozenset(node.names.values())))
    if ended.returncode != 0:
        raise RecipeFailed(f"ffmpeg fails: {cause_of(ended.stderr)}", words=ended.stderr)
    return _measured(run.measures, ended) if run.measures else {}


def _check_opened(name: str, node: _Node) -> None:
    """Refuse a file that may name others: a filter opens it by itself, without a guard."""
    ended = node.call("-v", "error", *guarded(["-i", name], frozenset([name])))
    if "Format not on whitelist" in ended.stderr:
        raise RecipeFailed(
            f"no filter may open {name}: it has a format that can name other files",
            words=ended.stderr,
        )


def _opens_source(word: str) -> bool:
    return INPUT in word and word != INPUT


def _measured(what: str, ended: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return what a run measured by its names; raise RecipeFailed where there was nothing."""
    if what == "duration":
        times = re.findall(r"^out_time_us=(\d+)$", ended.stdout, re.MULTILINE)
        if times and int(times[-1]):
            return {"duration": str(int(times[-1]) / 1e6)}
    else:
        said = without_levels(ended.stderr)
        start, end = said.rfind("{"), said.rfind("}")
        if 0 <= start < end:
            found = json.loads(said[start : end + 1])
            return {key: _LOUDNESS_INSTEAD.get((key, value), value) for key, value in found.items()}
    raise RecipeFailed(f"the {what} can't be measured: there is nothing of it", words=ended.stderr)


def guarded(words: Sequence[str], names: Collection[str]) -> Iterator[str]:
    """Yield words that hold ffmpeg to files, and to media, where it opens one of these names.

    Such a file may name others.
    """
    named_format = ""
    before = ""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if before == "-f":
            named_format = word
        if word == "-i":
            if following in names:
                formats = ",".join([*media_demuxers(), *filter(None, [named_format])])
                yield from ("-protocol_whitelist", "file", "-format_whitelist", formats)
            named_format = ""
        yield word
        before = word


def _call(
    ffmpeg: Path, words: list[str], folder: Path, until: float
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [ffmpeg, *words],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=max(0.1, until - time.monotonic()),
        )
    except subprocess.TimeoutExpired:
        raise RecipeFailed(
            f"ffmpeg wasn't done after {TRIAL_SECONDS:g} seconds",
            hint="try it with faster settings",
        ) from None
    except OSError as error:
        raise BatchffError(f"{ffmpeg} doesn't run: {error.strerror}") from error


def _made(output: RecipeOutput, folder: Path) -> Path:
    path = folder / output.node_name
    if output.is_folder and not any(map(_is_made, path.rglob("*"))):
        what = "makes no file" if output.node_name == WHOLE else f"'{output.node_name}' is empty"
        raise RecipeFailed(f"ffmpeg ends well, but {what}")
    if not output.is_folder and not _is_made(path):
        raise RecipeFailed(f"ffmpeg ends well, but '{output.node_name}' is empty")
    return path


def _is_made(file: Path) -> bool:
    """Return whether it's a file that ffmpeg wrote something to: links are what it reads.

    Texts in a folder may be empty, as on a node: there was nothing to write.
    """
    return not file.is_symlink() and file.is_file() and file.stat().st_size > 0
