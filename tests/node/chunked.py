"""Films in chunks as nodes make them: each part encoded by itself, and then joined."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.ffmpeg.chunks.cuts import choose_cuts
from batchff.ffmpeg.chunks.film import Film, Splice
from batchff.ffmpeg.chunks.mp4 import open_mp4
from batchff.ffmpeg.chunks.recipes import chunk_recipe, film_in
from batchff.ffmpeg.demuxers import join_script
from batchff.ffmpeg.fit import LineMaker, Maker, PresetMaker
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.presets import find_preset
from batchff.model.byte_ranges import ByteRange
from batchff.model.inspection import Inspection
from batchff.model.recipes import Recipe
from batchff.node.recipe_file import recipe_file
from tests.node.test_encode import Node


def recipe_for(source: Path, asked: str, suffix: str = "") -> Recipe:
    """Return what a preset of this name makes of a source, or a line that begins with a dash."""
    maker: Maker
    if asked.startswith("-"):
        maker = LineMaker(*line_recipe(shlex.split(asked), suffix))
    else:
        preset = find_preset(asked).preset
        values = tuple((name, each.default) for name, each in preset.parameters.items())
        maker = PresetMaker(preset, values)
    with Inspectors() as inspectors:
        inspection = inspectors.inspect(source)
    assert isinstance(inspection, Inspection)
    fitted = maker.fit(inspection)
    assert fitted.recipe is not None, fitted.refused
    return fitted.recipe


@dataclass(frozen=True)
class Task:
    """A file, and what is made of it."""

    source: bytes
    suffix: str
    recipe: Recipe


def opened(source: Path, recipe: Recipe) -> Film:
    """Open the film of a source that a recipe encodes."""
    content = source.read_bytes()
    return open_mp4(
        lambda offset, size: content[offset : offset + size], len(content), film_in(recipe) or 0
    )


def tasks_of(source: Path, recipe: Recipe, seconds: float) -> tuple[list[Task], Task]:
    """Return the tasks of a source's chunks, and that of the rest."""
    film = opened(source, recipe)
    content = source.read_bytes()

    def task(splice: Splice, made: Recipe) -> Task:
        parts = (
            content[part.start : part.end] if isinstance(part, ByteRange) else part
            for part in splice.parts
        )
        return Task(b"".join(parts), source.suffix, made)

    cuts = choose_cuts(film.keys, film.ends, seconds)
    chunks = []
    for first, after in zip(cuts, [*cuts[1:], None], strict=True):
        splice = film.chunk(first, after)
        chunks.append(task(splice, chunk_recipe(recipe, film.starts, splice.ends)))
    return chunks, task(film.rest(), recipe)


def made_at_once(ffmpeg: Path, task: Task, folder: Path) -> Path:
    """Return what ffmpeg alone makes of a task, without the node's script."""
    folder.mkdir(parents=True)
    source = folder / f"input{task.suffix}"
    source.write_bytes(task.source)
    [run] = task.recipe.runs
    words = [word.replace("{input}", str(source)) for word in run.arguments]
    command = [str(ffmpeg), "-nostdin", "-v", "error", *words]
    subprocess.run(command, cwd=folder, check=True)
    return folder / task.recipe.outputs[0].node_name


class JoinNode(Node):
    """The node of the task that joins."""

    def __init__(self, folder: Path, ffmpeg: Path | None = None) -> None:
        super().__init__(folder, ffmpeg)
        (self.work / "join.sh").write_bytes(join_script())
        (self.work / "encode.sh").unlink()
        (self.bin / "cat").symlink_to(shutil.which("cat") or "/bin/cat")

    def receive_parts(self, recipe: Recipe, chunks: Sequence[Path], rest: Path) -> None:
        """Put chunks and the rest where the service puts them."""
        (self.work / "recipe.txt").write_bytes(recipe_file(recipe))
        folder = self.work / "chunks"
        folder.mkdir(exist_ok=True)
        for number, chunk in enumerate(chunks):
            self._link(chunk, folder / f"{number:04d}{chunk.suffix}")
        self._link(rest, self.work / f"rest{rest.suffix}")

    @staticmethod
    def _link(source: Path, target: Path) -> None:
        target.unlink(missing_ok=True)
        target.write_bytes(source.read_bytes())

    def join(self, *arguments: str, shell: str = "sh") -> tuple[int, str]:
        """Run the script to its end; return its exit code and its stderr."""
        process = self.start_join(*arguments, shell=shell)
        _, said = process.communicate()
        return process.returncode, said

    def start_join(self, *arguments: str, shell: str = "sh") -> subprocess.Popen[str]:
        environment: Mapping[str, str] = {
            "PATH": str(self.bin),
            "AZ_BATCH_NODE_SHARED_DIR": str(self.shared),
        }
        return subprocess.Popen(
            [*shell.split(), "join.sh", *arguments],
            executable=shutil.which(shell.split()[0]),
            cwd=self.work,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
