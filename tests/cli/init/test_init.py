from __future__ import annotations

import os
import stat

import pytest

from batchff.emulator.launch import Connection
from batchff.profile import ProfileFile, profile_file
from batchff.profile.changes import set_keys, use_profile
from tests.commands import Batchff
from tests.storage_servers import SOMEONE_ELSES_KEY


def stored(name: str) -> dict[str, object]:
    """What the file has of a profile."""
    return dict(ProfileFile.read(profile_file()).profiles[name])


def test_options_and_environment_answer_where_nobody_can(
    batchff: Batchff, account: Connection
) -> None:
    ran = batchff("init", "studio", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"ok       sign-in: Batch     {account.batch_endpoint}, by the account's key\n"
        f"ok       sign-in: storage   {account.blob_endpoint}, by the connection string's key\n"
        "ok       clock              as the services' own, within 5 minutes\n"
        "ok       role: Batch        none is needed: an account's key may do everything\n"
        "ok       role: storage      none is needed: an account's key may do everything\n"
        "profile studio made; it is the default\n"
        "batch_key isn't written: it's taken from the environment, BATCHFF_BATCH_KEY\n"
        "storage_connection_string isn't written: it's taken from the environment, "
        "BATCHFF_STORAGE_CONNECTION_STRING\n"
        "try it: batchff doctor, then batchff submit PATH\n"
    )
    assert stored("studio") == {
        "batch_account": account.batch_account,
        "batch_endpoint": account.batch_endpoint,
        "input_container": os.environ["BATCHFF_INPUT_CONTAINER"],
        "output_container": os.environ["BATCHFF_OUTPUT_CONTAINER"],
    }
    assert stat.S_IMODE(profile_file().stat().st_mode) == 0o600
    assert account.batch_key not in profile_file().read_text()


def test_a_profile_that_stands_isnt_changed_unasked(batchff: Batchff) -> None:
    set_keys(profile_file(), "studio", {"batch_account": "mine"})
    before = profile_file().read_bytes()
    ran = batchff("init", "studio", "--yes")
    assert ran.code == 2
    assert ran.err == (
        "error: there is a profile 'studio' already (choose another name, or remove it: "
        "batchff profile remove studio)\n"
    )
    assert profile_file().read_bytes() == before


def test_another_default_stays_unless_it_is_asked_for(batchff: Batchff) -> None:
    set_keys(profile_file(), "archive", {"batch_account": "mine"})
    made = batchff("--json", "init", "studio", "--yes").result
    assert (made["created"], made["default"]) == (True, False)
    made = batchff("--json", "init", "films", "--yes", "--default").result
    assert (made["created"], made["default"]) == (True, True)
    assert ProfileFile.read(profile_file()).default == "films"


def test_an_account_that_lets_nobody_in_isnt_written(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_KEY", SOMEONE_ELSES_KEY)
    ran = batchff("init", "studio", "--yes")
    assert ran.code == 5
    assert "failure  sign-in: Batch" in ran.out
    assert ran.err == (
        "error: the account can't be used with these settings; nothing was written "
        "(correct what the checks found, and give the command again)\n"
    )
    assert not profile_file().exists()


def test_without_a_terminal_what_is_missing_is_a_usage_error(run: Batchff) -> None:
    ran = run("init")
    assert ran.code == 2
    assert ran.err == (
        "error: batch_endpoint isn't given, and there is no terminal to ask on "
        "(set BATCHFF_BATCH_ENDPOINT, or give the option before the command, "
        "or call it from a terminal without --yes)\n"
    )
    ran = run("--batch-endpoint", "a.westeurope.batch.azure.com", "init", "--auth", "key")
    assert (ran.code, "batch_key isn't given" in ran.err) == (2, True)
    ran = run("--batch-endpoint", "a.westeurope.batch.azure.com", "init", "--auth", "entra")
    assert (ran.code, "storage_account isn't given" in ran.err) == (2, True)
    assert not profile_file().exists()


def test_local_needs_nothing(run: Batchff) -> None:
    ran = run("init", "local")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "profile local needs nothing: batchff submit PATH starts the emulator on this machine\n"
    )
    set_keys(profile_file(), "studio", {"batch_account": "mine"})
    use_profile(profile_file(), "studio")
    assert "batchff --profile local submit PATH starts" in run("init", "local").out
    assert run("--json", "init", "local", "--default").result["default"]
    assert ProfileFile.read(profile_file()).default == "local"
