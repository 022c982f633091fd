from __future__ import annotations

import pytest

from batchff.cli.invocation import Invocation, emulator_errors, with_emulator
from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch import Connection
from batchff.errors import BatchffError, ProfileError
from batchff.profile import resolve_profile


def test_flags_are_kept_and_added_to() -> None:
    invocation = Invocation()
    invocation.take_flags({"batch_account": "studio", "pool.spot": 2})
    invocation.take_flags({"pool.spot": 4})
    assert invocation.profile.settings["batch_account"].value == "studio"
    assert invocation.profile.number("pool.spot") == 4


def test_an_unknown_variable_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_SIZE", "3")
    assert Invocation().profile.name == "local"
    assert capsys.readouterr().err.startswith("warning: no setting is called BATCHFF_POOL_SIZE")


def test_a_setting_that_nothing_gives_is_an_error() -> None:
    with pytest.raises(ProfileError):
        Invocation().require("batch_key")


def test_the_emulator_would_be_started_only_where_it_is_the_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Invocation().would_start_emulator
    for name in ("BATCH_ACCOUNT", "STORAGE_ACCOUNT"):
        monkeypatch.setenv(f"BATCHFF_{name}", "studio")
    monkeypatch.setenv("BATCHFF_BATCH_ENDPOINT", "https://127.0.0.1:1")
    assert not Invocation().would_start_emulator


def test_an_error_of_the_emulator_is_one_of_batchff() -> None:
    with pytest.raises(BatchffError) as raised, emulator_errors():
        raise EmulatorError("it doesn't start", hint="see its log")
    assert (raised.value.message, raised.value.hint) == ("it doesn't start", "see its log")


def test_where_no_emulator_can_be_it_says_so() -> None:
    with pytest.raises(BatchffError, match="on Linux and macOS only"), emulator_errors():
        raise ModuleNotFoundError("no fcntl", name="fcntl")
    with pytest.raises(ModuleNotFoundError), emulator_errors():
        raise ModuleNotFoundError("no other", name="other")


def test_an_emulators_service_is_a_profiles_settings(emulator: Connection) -> None:
    profile = resolve_profile(None, {}, environ={})
    batch = with_emulator(profile, "batch", emulator)
    assert batch.require("batch_endpoint") == emulator.batch_endpoint
    assert batch.require("auth") == "key"
    storage = with_emulator(profile, "storage", emulator)
    assert storage.require("storage_connection_string") == emulator.storage_connection_string
    assert "batch_key" not in storage.settings
