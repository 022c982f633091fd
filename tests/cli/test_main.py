from __future__ import annotations

import os
import platform
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from batchff import __version__
from tests.commands import CLIPS, Batchff
from tests.storage_servers import SOMEONE_ELSES_KEY

COMMAND = [sys.executable, "-m", "batchff"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch"], "No such command 'nosuch'."),
        (["jobs", "list"], "No such command 'jobs'. Did you mean 'job'?"),
        (["pool", "creat"], "No such command 'creat'. Did you mean 'create'?"),
        (["--nosuch"], "No such option: --nosuch"),
        (["upload"], "Missing argument 'PATH'."),
        (["upload", "x", "--to", "bad id"], "--to: 'bad id' can't be an id"),
        (["--quiet", "--verbose", "profile", "list"], "--quiet and --verbose exclude each other"),
        (["preset", "show", "nosuch"], "there is no preset called 'nosuch'"),
        (["submit", "x", "--preset", "nosuch"], "there is no preset called 'nosuch'"),
        (["submit", "x", "--suffix", ".mp3"], "--suffix goes with ffmpeg's own arguments"),
        (
            ["submit", "x", "--preset", "mp3", "--preset", "opus", "--", "-vn"],
            "arguments after -- can add to one preset only, and 2 are given",
        ),
        (["submit", "x", "--", "-vn"], "the outputs need a suffix"),
        (["submit", "x", "--suffix", "mp3", "--", "-vn"], "'mp3' can't be the outputs' suffix"),
        (["submit", "x", "--nodes", "-1"], "-1 is not in the range x>=0"),
        (["watch", "job", "--timeout", "soon"], "'soon' is no duration"),
        (["submit", "x", "--task-timeout", "5x"], "'5x' is no duration"),
        (
            ["submit", "x", "--nodes", "many"],
            "'many' is no whole number",
        ),
        (["submit", "x", "--queue-time", "0"], "--queue-time: 0s is too short for any job"),
        (["submit", "x", "--image", "nosuch"], "--image: 'nosuch' is no image"),
        (["submit", "x", "--ffmpeg", "nosuch"], "--ffmpeg: 'nosuch' is no ffmpeg for nodes"),
        (["pool", "create", "--subnet", "abc"], "--subnet: 'abc' is no resource id"),
        (["--batch-endpoint", "a b", "pool", "list"], "--batch-endpoint: "),
        (
            ["submit", "x", "--preset", "h264", "--set", "crf=abc"],
            "crf must be a number from 0 to 51, not 'abc'",
        ),
        (["inspect", "x", "--preset", "h264", "--set", "crf=99"], "crf must be a number from 0"),
        (["emulator", "start", "--idle", "5x"], "'5x' is no duration"),
        (["emulator", "start", "--simulate", "--seed", "x"], "--seed: 'x' is no whole number"),
        (["emulator", "preempt", "n", "--return-after", "x"], "'x' is no duration"),
        (["pool", "resize", "p", "--nodes", "x"], "Invalid value for '--nodes': 'x'"),
        (["cleanup", "job", "--all"], "a job and --all exclude each other"),
        (["profile", "set", "studio"], "Missing argument"),
    ],
)
def test_a_command_written_wrongly_is_told_in_one_line(
    words: list[str], message: str, run: Batchff
) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1

    as_json = run("--json", *words)
    assert as_json.code == 2
    assert as_json.err == ""
    (line,) = as_json.events
    assert (line["event"], line["code"]) == ("error", 2)
    assert message in line["message"]


def test_a_usage_error_says_where_the_help_is(run: Batchff) -> None:
    assert run("preset", "nosuch").err == (
        "error: No such command 'nosuch'. (see: batchff preset --help)\n"
    )


def test_a_word_of_ffmpegs_is_never_taken_for_an_option(run: Batchff, tmp_path: Path) -> None:
    outcome = run("submit", tmp_path / "gone", "--suffix", ".mp3", "--", "-y", "-v", "error")
    assert outcome.code == 1
    assert "error: can't read " in outcome.err


@pytest.mark.parametrize("option", ["--dry-run", "--no-fallback", "--json"])
def test_an_option_that_would_reach_ffmpeg_is_refused(option: str, run: Batchff) -> None:
    outcome = run("submit", "x", "--suffix", ".mp3", "--", "-vn", option)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"error: {option} is after --, among ffmpeg's own arguments (put {option} before --)\n"
    )


def test_batchff_alone_shows_the_pipeline_and_the_first_thing_to_type(run: Batchff) -> None:
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "upload -> encode on many machines -> check -> download" in outcome.err
    assert "The first thing to type:\n\n  batchff submit ./videos --preset h264\n" in outcome.err
    lines = outcome.err.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("words", [["profile"], ["preset"], ["pool"], ["job"], ["emulator"]])
def test_a_group_without_a_command_shows_its_help(words: list[str], run: Batchff) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert "Usage: batchff" in outcome.out + outcome.err
    assert "Commands:" in outcome.out + outcome.err


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["upload", "--help"]])
def test_help_is_a_result(words: list[str], run: Batchff) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: batchff ")


@pytest.mark.parametrize("group", [[], ["profile"], ["preset"], ["pool"], ["job"], ["emulator"]])
def test_no_command_is_cut_short_in_a_groups_help(group: list[str], run: Batchff) -> None:
    assert "..." not in run(*group, "--help").out.partition("Commands:")[2]


def test_the_version_tells_what_a_bug_report_needs(run: Batchff) -> None:
    ran = run("--version")
    first, *facts = ran.out.splitlines()
    assert (ran.code, ran.err, first) == (0, "", f"batchff {__version__}")
    named = dict(line.split(maxsplit=1) for line in facts)
    assert named["python"].endswith(platform.python_version())
    assert named["azure-batch"] == version("azure-batch")
    assert re.fullmatch(r"\d+\.\d[\d.]*", named["ffmpeg"])


@pytest.mark.parametrize("words", [("--json", "--version"), ("--version", "--json")])
def test_the_version_is_a_result_for_scripts(run: Batchff, words: tuple[str, ...]) -> None:
    result = run(*words).result
    assert result["version"] == __version__
    assert result["packages"]["azure-batch"] == version("azure-batch")


def test_a_defect_keeps_its_traceback_without_secrets(
    run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Path:
        raise RuntimeError("at https://a/b?sig=c2VjcmV0")

    monkeypatch.setattr("batchff.cli.profile.profile_file", broken)
    outcome = run("profile", "path")
    assert (outcome.code, outcome.out) == (1, "")
    assert "Traceback (most recent call last)" in outcome.err
    assert "RuntimeError: at https://a/b?sig=REDACTED" in outcome.err
    assert outcome.err.splitlines()[-1] == (
        "error: unexpected: RuntimeError "
        "(a defect of batchff; please report it with the lines above)"
    )

    as_json = run("--json", "profile", "path")
    assert as_json.code == 1
    assert as_json.events[-1]["message"] == "unexpected: RuntimeError"
    assert "Traceback" in as_json.err


# In a process of its own


def test_a_command_runs_in_a_process_of_its_own() -> None:
    done = subprocess.run([*COMMAND, "preset", "nosuch"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: No such command 'nosuch'. (see: batchff preset --help)\n"


def test_whoever_closes_our_output_is_not_shown_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as output:
        done = subprocess.run([*COMMAND, "preset", "list"], stdout=output, stderr=subprocess.PIPE)
    assert done.stderr == b""


def test_a_path_that_isnt_text_is_printed_as_it_is() -> None:
    environment = {**os.environb, b"XDG_CONFIG_HOME": b"/caf\xe9"}
    done = subprocess.run([*COMMAND, "profile", "path"], capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"/caf\xe9/batchff/profiles.toml\n"


def test_an_interrupt_is_told_in_one_line_and_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"media")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        connection = f"AccountName=a;AccountKey={SOMEONE_ELSES_KEY};BlobEndpoint={url}"
        with subprocess.Popen(
            [*COMMAND, "--quiet", "upload", tmp_path / "a.mp4"],
            env={**os.environ, "BATCHFF_STORAGE_CONNECTION_STRING": connection},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            asked, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            asked.close()
    assert process.returncode == 130
    assert out == ""
    assert err == "error: interrupted (give the command again: it continues)\n"


def test_an_interrupt_while_the_program_loads_shows_no_traceback() -> None:
    interrupted = """
import os, signal, sys
from batchff.__main__ import main

class Interrupts:
    def find_spec(self, name, path, target=None):
        if name == "batchff.cli.main":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
main()
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "error: interrupted\n"


def test_a_group_without_its_command(batchff: Batchff) -> None:
    ran = batchff("pool")

    assert ran.code == 2
    assert ran.err.startswith("Usage: batchff pool [OPTIONS] COMMAND")
    assert "\n  create " in ran.err
    as_json = batchff("--json", "pool")
    assert as_json.code == 2
    assert as_json.error["message"] == "a command is missing"


def test_an_unknown_profile(batchff: Batchff) -> None:
    ran = batchff("--profile", "nobody", "upload", CLIPS)

    assert ran.code == 5
    assert ran.err.startswith("error: there is no profile 'nobody'")


@pytest.mark.parametrize("command", ["submit", "upload"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BATCH_ENDPOINT": "http://127.0.0.1", "STORAGE_ACCOUNT": "a"}, "profile 'local' has no "),
        ({"STORAGE_CONNECTION_STRING": "nonsense"}, "storage_connection_string"),
        ({"POOL_SPOT": "many"}, "pool.spot must be a whole number"),
    ],
)
def test_the_profiles_mistakes_come_before_the_files(
    command: str,
    settings: dict[str, str],
    message: str,
    run: Batchff,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"AUTH": "key", **settings}.items():
        monkeypatch.setenv(f"BATCHFF_{name}", value)
    ran = run(command, tmp_path / "gone")
    assert (ran.code, ran.out) == (5, "")
    assert message in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("words", [["preset", "list"], ["--json", "preset", "list"], ["--help"]])
def test_an_output_that_cant_be_written_is_an_error_in_one_line(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the output can't be written: No space left on device")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes it")
@pytest.mark.parametrize("words", ["help again", "preset list", "--json preset list"])
def test_a_closed_output_is_no_error(words: str) -> None:
    line = f'"{sys.executable}" -m batchff {words} >&-'
    done = subprocess.run(["sh", "-c", line], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")
