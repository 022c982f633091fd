from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from batchff.cli.commands import GLOBAL, set_flags
from batchff.cli.invocation import Flags, Invocation
from batchff.cli.main import app
from batchff.errors import UsageError
from tests.commands import Batchff

ROOT = get_command(app)


def paths_of(command: Any = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to each command and each group, but for the root."""
    if words:
        yield words
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from paths_of(command.get_command(context, name), (*words, name))


PATHS = list(paths_of())


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_each_help_has_the_global_options_apart_and_fits_80_columns(
    words: tuple[str, ...], run: Batchff
) -> None:
    outcome = run(*words, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    options = outcome.out.partition("\nExamples:\n")[0]
    _, _, shared = options.partition("\nGlobal options:\n")
    for flag in GLOBAL.values():
        assert options.count(f"--{flag} ") == 1
        assert f"--{flag} " in shared or words == ("emulator", "env")
    assert max(map(len, outcome.out.splitlines())) <= 80


@pytest.mark.parametrize(
    "line",
    [
        "--json profile list",
        "profile --json list",
        "profile list --json",
        "profile list --profile nobody --json",
        "preset show mp3 --json",
        "preset show --json mp3",
    ],
)
def test_json_works_wherever_it_is_written(line: str, run: Batchff) -> None:
    outcome = run(*line.split())
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.events[-1]["event"] == "result"


@pytest.mark.parametrize("line", ["profile show", "pool list"])
def test_the_profile_may_follow_the_command(line: str, run: Batchff) -> None:
    before = run("--profile", "nobody", *line.split())
    after = run(*line.split(), "--profile", "nobody")
    assert before == after
    assert (after.code, after.out) == (5, "")
    assert "there is no profile 'nobody'" in after.err


def test_the_last_of_two_profiles_holds(run: Batchff) -> None:
    assert run("--profile", "nobody", "profile", "show", "--profile", "local").code == 0


def test_quiet_and_verbose_work_after_the_command(batchff: Batchff, one_clip: Path) -> None:
    assert batchff("upload", one_clip, "--to", "a").err != ""
    assert batchff("upload", one_clip, "--to", "b", "--quiet").err == ""
    assert "short.wav" in batchff("upload", one_clip, "--to", "c", "-v").err


@pytest.mark.parametrize(
    "line",
    ["--quiet profile list -v", "profile list -qv", "-q profile --verbose list"],
)
def test_what_excludes_each_other_does_so_wherever_it_is_written(line: str, run: Batchff) -> None:
    outcome = run(*line.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "error: --quiet and --verbose exclude each other\n"


def test_a_usage_error_is_json_too_wherever_json_is_written(run: Batchff) -> None:
    for line in (
        "upload --json",
        "job nosuch --json",
        "job --json nosuch",
        "pool list --no --json",
    ):
        assert run(*line.split()).error["code"] == 2


def test_after_two_dashes_they_are_ffmpegs(run: Batchff, tmp_path: Path) -> None:
    outcome = run("submit", tmp_path / "gone", "--suffix", ".mp3", "--", "-q", "3", "-v", "error")
    assert outcome.code == 1
    assert "can't read" in outcome.err


def test_a_commands_own_option_of_that_name_stays_its_own(batchff: Batchff) -> None:
    root = ["--root", Path(os.environ["HOME"], "emulator")]
    try:
        alone = batchff("emulator", "env", *root, "--json")
        assert "AZURE_BATCH_ACCOUNT" in json.loads(alone.out)
        as_event = batchff("--json", "emulator", "env", *root)
        assert "AZURE_BATCH_ACCOUNT" in as_event.result
    finally:
        batchff("emulator", "stop", *root)


def test_flags_are_added_to_and_none_is_taken_back() -> None:
    flags = Flags(json=True)
    set_flags(flags, profile="studio", json=False, quiet=True)
    set_flags(flags, profile=None, quiet=False)
    assert flags == Flags("studio", json=True, quiet=True)
    with pytest.raises(UsageError):
        set_flags(flags, verbose=True)


def examples_of(words: tuple[str, ...], run: Batchff) -> list[str]:
    shown = run(*words, "--help").out.partition("\nExamples:\n")[2]
    return [line.strip() for line in shown.splitlines() if line.strip()]


@pytest.mark.parametrize("words", [(), *PATHS], ids=" ".join)
def test_each_example_is_a_command_that_would_run(words: tuple[str, ...], run: Batchff) -> None:
    lines = examples_of(words, run)
    commands = [line for line in lines if line.startswith("batchff ")]
    assert 2 <= len(commands) <= 3
    assert len(lines) == 2 * len(commands)
    assert all(line.startswith("# ") for line in lines[::2])
    for command in commands:
        assert " ".join(words) in command
        parse(shlex.split(command)[1:])


def parse(words: list[str]) -> None:
    """Read a command as batchff does, without running it."""
    context = ROOT.make_context("batchff", words, obj=Invocation())
    while isinstance(context.command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, command, arguments = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, arguments, parent=context)
