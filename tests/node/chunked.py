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
from batchff.ffmpeg.chunks.open import open_film
from batchff.ffmpeg.chunks.recipes import chunk_recipe, film_in
from batchff.ffmpeg.demuxers import join_script
from batchff.ffmpeg.fit import LineMaker, Maker, PresetMaker
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.quality import without_quality
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
    """A file, what is made of it, and until when its own pictures are where others follow them."""

    source: bytes
    suffix: str
    recipe: Recipe
    until: str = ""


def opened(source: Path, recipe: Recipe) -> Film:
    """Open the film of a source that a recipe encodes; raises CannotCut."""
    content = source.read_bytes()
    return open_film(
        lambda offset, size: content[offset : offset + size],
        len(content),
        source.suffix,
        film_in(recipe),
    )


def tasks_of(source: Path, recipe: Recipe, seconds: float) -> tuple[list[Task], Task]:
    """Return the tasks of a source's chunks, and that of the rest; raises CannotCut."""
    film = opened(source, recipe)
    content = source.read_bytes()

    def whole(splice: Splice) -> bytes:
        parts = (
            content[part.start : part.end] if isinstance(part, ByteRange) else part
            for part in splice.parts
        )
        return b"".join(parts)

    cuts = choose_cuts(film.keys, film.ends, seconds)
    chunks = []
    for first, after in zip(cuts, [*cuts[1:], None], strict=True):
        splice = film.chunk(first, after)
        made = chunk_recipe(
            recipe,
            film.starts,
            has_end=splice.ends is not None,
            is_anchored=splice.is_anchored,
        )
        until = "" if splice.ends is None else f"{float(splice.ends - film.starts):.6f}"
        chunks.append(Task(whole(splice), source.suffix, made, until))
    return chunks, Task(whole(film.rest()), source.suffix, without_quality(recipe))


def made_at_once(ffmpeg: Path, task: Task, folder: Path) -> Path:
    """Return what ffmpeg alone makes of a task, without the node's script."""
    folder.mkdir(parents=True)
    source = folder / f"input{task.suffix}"
    source.write_bytes(task.source)
    [run] = task.recipe.runs
    words = [
        word.replace("{input}", str(source)).replace("{until}", task.until)
        for word in run.arguments
    ]
    command = [str(ffmpeg), "-nostdin", "-v", "error", *words]
    subprocess.run(command, cwd=folder, check=True)
    return folder / task.recipe.outputs[0].node_name


def made_by_node(ffmpeg: Path, task: Task, folder: Path) -> Path:
    """Return what `encode.sh` makes of a task; raises RuntimeError where it fails."""
    node = Node(folder, ffmpeg)
    (node.work / f"input{task.suffix}").write_bytes(task.source)
    (node.work / "recipe.txt").write_bytes(recipe_file(task.recipe))
    until = ["-until", task.until] if task.until else []
    code, said = node.encode(*until, f"input{task.suffix}", str(len(task.source)))
    if code != 0:
        raise RuntimeError(f"exit code {code}: {said[-600:]}")
    return node.made / task.recipe.outputs[0].node_name


class JoinNode(Node):
    """The node of the task that joins."""

    def __init__(self, folder: Path, ffmpeg: Path | None = None) -> None:
        super().__init__(folder, ffmpeg)
        (self.work / "join.sh").write_bytes(join_script())
        (self.work / "encode.sh").unlink()
        (self.bin / "cat").symlink_to(shutil.which("cat") or "/bin/cat")

    def receive_parts(self, recipe: Recipe, chunks: Sequence[Path], rest: Path) -> None:
        """Put chunks and the rest where the service puts them."""
        self.receive_chunks(recipe, chunks)
        self._link(rest, self.work / "chunks" / f"rest{rest.suffix}")

    def receive_chunks(self, recipe: Recipe, chunks: Sequence[Path], first: int = 0) -> None:
        """Put chunks where the service puts them, the first one by this number."""
        (self.work / "recipe.txt").write_bytes(recipe_file(recipe))
        folder = self.work / "chunks"
        folder.mkdir(exist_ok=True)
        for number, chunk in enumerate(chunks, first):
            self._link(chunk, folder / f"{number:04d}{chunk.suffix}")

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
