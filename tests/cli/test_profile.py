from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Batchff
from tests.storage_servers import SOMEONE_ELSES_KEY


@pytest.fixture
def file() -> Path:
    """Where the profile file of this test is."""
    return Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")


def test_without_a_file_there_is_the_built_in_profile(run: Batchff, file: Path) -> None:
    assert run("profile", "list").out == "* local\n"
    assert run("--json", "profile", "list").result == {"profiles": ["local"], "default": "local"}
    assert run("profile", "path").out == f"{file}\n"
    assert not file.exists()


def test_profiles_are_set_used_shown_and_removed(run: Batchff, file: Path) -> None:
    made = run("profile", "set", "studio", "batch_account=a", "pool.spot=8")
    assert (made.code, made.out, made.err) == (
        *(0, "profile studio made; it is the default now\n", ""),
    )
    assert run("profile", "set", "studio", "pool.spot=4").out == "profile studio changed\n"
    assert run("profile", "set", "archive", "storage_account=b").code == 0
    assert run("profile", "list").out == "  local\n* studio\n  archive\n"
    assert run("profile", "use", "archive").out == "the default profile is archive\n"
    assert run("profile", "list").out == "  local\n  studio\n* archive\n"
    assert run("profile", "remove", "archive").out == "profile archive removed\n"
    assert run("profile", "list").out == "* local\n  studio\n"
    assert file.read_text().strip() == (
        '[profiles.studio]\nbatch_account = "a"\n\n[profiles.studio.pool]\nspot = 4'
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_settings_are_unset(run: Batchff, file: Path) -> None:
    run("profile", "set", "studio", "batch_account=a", "pool.spot=8", "pool.nodes=2")
    unset = run("profile", "unset", "studio", "pool.spot", "pool.nodes")
    assert (unset.code, unset.out, unset.err) == (0, "profile studio changed\n", "")
    assert file.read_text().strip().endswith('[profiles.studio]\nbatch_account = "a"')
    assert "pool.spot                  0  [default]" in run("profile", "show").out
    again = run("profile", "unset", "studio", "pool.spot")
    assert (again.code, again.out) == (5, "")
    assert again.err == (
        "error: profile 'studio' doesn't set pool.spot "
        "(see what it sets: batchff profile show studio)\n"
    )
    data = run("--json", "profile", "unset", "studio", "batch_account").result
    assert data == {"profile": "studio", "keys": ["batch_account"]}


def test_set_as_json_tells_the_keys_and_no_value(run: Batchff) -> None:
    outcome = run(
        "--json", "profile", "set", "studio", "auth=key", "batch_key=-", stdin=SOMEONE_ELSES_KEY
    )
    assert outcome.result == {
        "profile": "studio",
        "created": True,
        "default": True,
        "keys": ["auth", "batch_key"],
    }
    assert SOMEONE_ELSES_KEY not in outcome.out


def test_show_tells_where_each_value_came_from(
    run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("profile", "set", "studio", "batch_account=a", "pool.spot=8")
    monkeypatch.setenv("BATCHFF_POOL_NODES", "2")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "b")
    outcome = run("--input-container", "mine", "profile", "show")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "profile studio\n"
        "batch_account              a  [file]\n"
        "storage_account            b  [environment, AZURE_STORAGE_ACCOUNT]\n"
        "input_container            mine  [flag]\n"
        "output_container           batchff-output  [default]\n"
        "ffmpeg_container           batchff-ffmpeg  [default]\n"
        "pool.vm_size               Standard_D4s_v5  [default]\n"
        "pool.nodes                 2  [environment, BATCHFF_POOL_NODES]\n"
        "pool.spot                  8  [file]\n"
        "pool.slots                 1  [default]\n"
        "pool.max_nodes             0  [default]\n"
        "pool.fallback              on  [default]\n"
        "pool.image                 auto  [default]\n"
        "pool.ffmpeg                bundled  [default]\n"
        "job.task_timeout           24h  [default]\n"
        "job.retries                1  [default]\n"
        "job.queue_time             3d  [default]\n"
        "job.priority               0  [default]\n"
    )


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_show_hides_secrets_wherever_they_come_from(
    flags: list[str], run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", f"AccountKey={SOMEONE_ELSES_KEY}")
    monkeypatch.setenv("BATCHFF_STORAGE_KEY", SOMEONE_ELSES_KEY)
    run("profile", "set", "studio", "batch_key=-", stdin=f"{SOMEONE_ELSES_KEY}\n")
    shown = run(*flags, "profile", "show", "studio")
    assert SOMEONE_ELSES_KEY not in shown.out + shown.err
    assert shown.out.count("(hidden)") == 3


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_show_hides_what_lets_a_url_in(
    flags: list[str], run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_FFMPEG_URL", "https://a/ffmpeg.tar.xz?sp=r&sig=c2VjcmV0")
    shown = run(*flags, "profile", "show")
    assert "https://a/ffmpeg.tar.xz?sp=r&sig=REDACTED" in shown.out
    assert "c2VjcmV0" not in shown.out + shown.err


def test_show_says_which_services_the_emulator_stands_for(
    run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run("profile", "show")
    assert shown.out.splitlines()[-1] == "batch and storage: the emulator on this machine"
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "a")
    assert run("--json", "profile", "show").result["emulator"] == ["batch"]
    assert run("--json", "profile", "show", "local").result["emulator"] == ["batch", "storage"]


def test_a_secret_isnt_taken_from_the_command_line(run: Batchff, file: Path) -> None:
    for key in ("batch_key", "storage_key", "storage_connection_string"):
        outcome = run("profile", "set", "studio", f"{key}={SOMEONE_ELSES_KEY}")
        assert outcome.code == 2
        assert outcome.err == (
            f"error: {key} is a secret, and command lines are kept in histories and seen by "
            f"others (give {key} alone to type it, or {key}=- to read it from stdin)\n"
        )
    assert not file.exists()


def test_a_secret_is_read_from_stdin(run: Batchff, file: Path) -> None:
    connection = f"AccountName=a;AccountKey={SOMEONE_ELSES_KEY}"
    done = run("profile", "set", "studio", "storage_connection_string=-", stdin=connection)
    assert (done.code, done.out) == (0, "profile studio made; it is the default now\n")
    assert f'storage_connection_string = "{connection}"\n' in file.read_text()


def test_several_values_are_read_from_stdin_line_by_line(run: Batchff, file: Path) -> None:
    stdin = f"{SOMEONE_ELSES_KEY}\r\naccount\n"
    run("profile", "set", "studio", "batch_key=-", "batch_account=-", stdin=stdin)
    assert f'batch_key = "{SOMEONE_ELSES_KEY}"\nbatch_account = "account"\n' in file.read_text()


def test_an_empty_stdin_is_no_value(run: Batchff, file: Path) -> None:
    outcome = run("profile", "set", "studio", "batch_key=-", stdin="")
    assert (outcome.code, outcome.out) == (2, "")
    assert "batch_key must be a text" in outcome.err
    assert not file.exists()


def test_without_a_terminal_nothing_is_asked(run: Batchff) -> None:
    outcome = run("profile", "set", "studio", "batch_key")
    assert outcome.code == 2
    assert outcome.err == (
        "error: batch_key needs a value (write batch_key=VALUE, or batch_key=- for stdin)\n"
    )


def test_on_a_terminal_a_secret_is_asked_for_and_not_echoed(file: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "batchff", "profile", "set", "studio", "batch_key"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while b"batch_key: " not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, SOMEONE_ELSES_KEY.encode() + b"\n")
        while b"made" not in shown:
            shown += os.read(ours, 1000)
    os.close(ours)
    assert process.returncode == 0
    assert SOMEONE_ELSES_KEY.encode() not in shown
    assert SOMEONE_ELSES_KEY in file.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["profile", "use", "nobody"], "there is no profile 'nobody'"),
        (["profile", "remove", "nobody"], "there is no profile 'nobody'"),
        (["profile", "unset", "nobody", "auth"], "there is no profile 'nobody'"),
        (["profile", "show", "nobody"], "there is no profile 'nobody'"),
        (["--profile", "nobody", "profile", "show"], "there is no profile 'nobody'"),
        (["profile", "set", "local", "auth=key"], "the profile 'local' is built in"),
    ],
)
def test_what_is_wrong_with_a_profile_has_the_exit_code_of_profiles(
    words: list[str], message: str, run: Batchff, file: Path
) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (5, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not file.exists()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("auth=password", "auth must be one of entra, azure-cli, "),
        ("storage_auth=", "storage_auth must be a text"),
        ("pool.spot=many", "pool.spot must be a whole number"),
        ("vm_size=x", "no profile has a key 'vm_size'"),
        ("vm_size", "no profile has a key 'vm_size' (did you mean pool.vm_size?)"),
        ("job.retries=99", "job.retries must be from 0 to 10, not '99'"),
        ("pool.vm_size=D4s_v5", "did you mean Standard_D4s_v5?"),
        ("batch_endpoint=https://", "is no service's address"),
        ("batch_endpoint=ftp://a.example", "is no service's address"),
        ("batch_endpoint=https://a b", "is no service's address"),
        ("storage_endpoint=https://a?x=y", "is no service's address"),
    ],
)
def test_what_is_written_wrongly_is_a_usage_error(
    setting: str, message: str, run: Batchff, file: Path
) -> None:
    outcome = run("profile", "set", "studio", setting)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not file.exists()


@pytest.mark.parametrize(
    "endpoint",
    ["a.westeurope.batch.azure.com", "http://127.0.0.1:8080/account", "https://[::1]:443"],
)
def test_an_endpoint_may_be_a_host_alone_or_an_address(endpoint: str, run: Batchff) -> None:
    assert run("profile", "set", "studio", f"batch_endpoint={endpoint}").code == 0


def test_a_variable_that_no_setting_has_is_told_once(
    run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_ACOUNT", "a")
    told = "no setting is called BATCHFF_BATCH_ACOUNT (did you mean BATCHFF_BATCH_ACCOUNT?)"
    shown = run("profile", "show")
    assert (shown.code, shown.err) == (0, f"warning: {told}\n")
    assert run("--json", "profile", "show").events[0]["message"] == told
    assert run("profile", "path").err == ""


def test_a_file_that_isnt_toml_is_told_by_every_command_that_reads_it(
    run: Batchff, file: Path, tmp_path: Path
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("default = studio")
    (tmp_path / "a.mp4").write_bytes(b"media")
    for words in ("list", "show", "set a auth=key", "unset a auth", "use a", "remove a"):
        outcome = run("profile", *words.split())
        assert outcome.code == 5
        assert outcome.err.startswith(f"error: {file} isn't valid TOML: ")
    assert run("upload", tmp_path / "a.mp4").code == 5
    assert run("profile", "path").code == 0
    assert file.read_text() == "default = studio"
