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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from batchff.errors import BatchffError, UsageError
from batchff.ffmpeg.demuxers import media_demuxers
from batchff.model.recipes import Recipe, RecipeOutput, Run

TRIAL_SECONDS = 20.0
_VERSION = re.compile(r"-v(\d+(?:\.\d+)*)(?:\.exe)?$")
_MEASURED = re.compile(r"\{measured:(\w+)\}")
_LEVEL = re.compile(r"^((?:\[[^\]]*\] )*?)\[(\w+)\] ?", re.MULTILINE)
_FAULTS = ("fatal", "panic", "error")
_HOLLOW = re.compile(
    r"Conversion failed|Error opening output file|Error parsing options for output|"
    r"Error while opening encoder|Nothing was written|Task finished with error|"
    r"Error sending frames to consumers|To ignore this"
)
"""Words that follow on the cause and don't name it."""
# As on the nodes: silence counts as loud, so that it's never made louder, and a 0 would stand for
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
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    *("-c:a", "aac", "-ac", "2"),
]


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
    return "" if ended.returncode == 0 else _cause(ended.stderr)


class RecipeFailed(UsageError):
    """ffmpeg fails on a recipe; `words` is all that it said."""

    def __init__(self, message: str, *, words: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.words = words


def try_recipe(recipe: Recipe, ffmpeg: Path) -> None:
    """Make a recipe's outputs of a test clip, with a picture and a sound of two seconds.

    The result is thrown away. Raises RecipeFailed for what ffmpeg refuses, for an output that it
    doesn't make, and after 20 seconds.
    """
    until = time.monotonic() + TRIAL_SECONDS
    with tempfile.TemporaryDirectory(prefix="batchff-") as name:
        source = Path(name, "source.mp4")
        words = ["-nostdin", "-v", "error", *_CLIP, str(source)]
        ended = _call(ffmpeg, words, Path(name), until)
        if ended.returncode != 0:
            raise BatchffError(
                f"{ffmpeg} makes no test clip: {_cause(ended.stderr)}",
                hint="nothing was tried",
            )
        run_recipe(recipe, source, Path(name, "making"), ffmpeg, until)


def try_on_source(recipe: Recipe, source: Path, ffmpeg: Path) -> str:
    """Try a recipe on a second of a source; return what ffmpeg has against it, empty if nothing.

    That may be the source's fault. What takes longer than 20 seconds says nothing, nor does what
    makes nothing of so little. The result is thrown away. Raises RecipeFailed for what fails on the
    test picture as well.
    """
    with tempfile.TemporaryDirectory(prefix="batchff-") as name:
        until = time.monotonic() + TRIAL_SECONDS
        try:
            run_recipe(_brief(recipe), source.resolve(), Path(name, "making"), ffmpeg, until)
        except RecipeFailed as error:
            if not error.words:
                return ""
            try_recipe(recipe, ffmpeg)
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
            if following == "{input}" and not options & {"-t", "-to"}:
                brief += ["-t", "1"]
            options.clear()
        options.add(argument)
        brief.append(argument)
    return tuple(brief)


def run_recipe(
    recipe: Recipe, source: Path, folder: Path, ffmpeg: Path, until: float
) -> list[Path]:
    """Make a recipe's outputs of a source in a folder, which is made; return them.

    `until` is the time of the monotonic clock when it's stopped. Raises RecipeFailed.
    """
    folder.mkdir()
    name = f"input{source.suffix}"
    (folder / name).symlink_to(source)
    for each in recipe.folders:
        (folder / each).mkdir()
    measured: dict[str, str] = {}
    for number, run in enumerate(recipe.runs):
        where = f"run {number + 1} of {len(recipe.runs)}: " if len(recipe.runs) > 1 else ""
        try:
            measured |= _run(run, name, measured, folder, ffmpeg, until)
        except RecipeFailed as error:
            raise RecipeFailed(where + error.message, words=error.words) from None
    return [_made(output, folder) for output in recipe.outputs]


def _run(
    run: Run,
    source: str,
    measured: Mapping[str, str],
    folder: Path,
    ffmpeg: Path,
    until: float,
) -> dict[str, str]:
    """Do one run; return what it measured."""
    words = [
        source if word == "{input}" else _MEASURED.sub(lambda found: measured[found[1]], word)
        for word in run.arguments
    ]
    before = ["-nostdin", "-hide_banner", "-y", "-v", "level+info", "-progress", "pipe:1"]
    ended = _call(ffmpeg, [*before, *_guarded(words, source)], folder, until)
    if ended.returncode != 0:
        raise RecipeFailed(f"ffmpeg fails: {_cause(ended.stderr)}", words=ended.stderr)
    return _measured(run.measures, ended) if run.measures else {}


def _measured(what: str, ended: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return what a run measured by its names; raise RecipeFailed where there was nothing."""
    if what == "duration":
        times = re.findall(r"^out_time_us=(\d+)$", ended.stdout, re.MULTILINE)
        if times and int(times[-1]):
            return {"duration": str(int(times[-1]) / 1e6)}
    else:
        said = _LEVEL.sub("", ended.stderr)
        start, end = said.rfind("{"), said.rfind("}")
        if 0 <= start < end:
            found = json.loads(said[start : end + 1])
            return {key: _LOUDNESS_INSTEAD.get((key, value), value) for key, value in found.items()}
    raise RecipeFailed(f"the {what} can't be measured: there is nothing of it", words=ended.stderr)


def _guarded(words: Sequence[str], source: str) -> Iterator[str]:
    """Hold ffmpeg to files, and to media, where it opens the source: it may name other files."""
    named_format = ""
    before = ""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if before == "-f":
            named_format = word
        if word == "-i":
            if following == source:
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


def _cause(said: str) -> str:
    """Return what ffmpeg gave as the reason: the first error that says more than that it failed."""
    faults: list[str] = []
    others: list[str] = []
    for line in said.splitlines():
        found = _LEVEL.match(line)
        text = re.sub(r"^(\[[^\]]*\] )+", "", line).strip()
        if text and not _HOLLOW.search(text):
            (faults if found and found[2] in _FAULTS else others).append(text)
    return (faults[:1] or others[-1:] or ["it gave no reason"])[0]


def _made(output: RecipeOutput, folder: Path) -> Path:
    path = folder / output.node_name
    files = [file for file in path.rglob("*") if file.is_file()] if output.is_folder else [path]
    if not files or any(not file.is_file() or not file.stat().st_size for file in files):
        raise RecipeFailed(f"ffmpeg ends well, but '{output.node_name}' is empty")
    return path
