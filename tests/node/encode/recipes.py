"""Recipes for tests, and what the node's script makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from batchff.model.recipes import Recipe, RecipeOutput, Run
from tests.node.test_encode import Node


def recipe(*runs: str | Run, files: Iterable[str] = (), folders: Iterable[str] = ()) -> Recipe:
    """Return a recipe of runs, each a line of plain words, with these outputs."""
    outputs = [RecipeOutput(name) for name in files]
    outputs += [RecipeOutput(name, is_folder=True) for name in folders]
    made = [run if isinstance(run, Run) else Run(tuple(run.split())) for run in runs]
    return Recipe("test", tuple(made), tuple(outputs), tuple(set(folders) - {"."}))


def encode(node: Node, asked: Recipe, shell: str = "sh") -> tuple[int, str]:
    """Run a recipe on the test's clip; return the exit code, and the last line that was said."""
    node.receive(asked)
    code, said = node.encode("input.mp4", "-", shell=shell)
    return code, said.splitlines()[-1]


def install_after(node: Node, ffmpeg: Path, body: str) -> None:
    """Give the node an ffmpeg that spoils what it made, by shell commands after a run."""
    node.bin.joinpath("ffmpeg").unlink(missing_ok=True)
    node.install(f"""
        '{ffmpeg}' "$@" || exit
        for last; do :; done
        case $last in - | ../proof/*) exit ;; esac
        {body}
    """)


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
