"""Secrets in the system's keyring, from `profile set --keyring` to the command that needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backends import null

from batchff.errors import ExitCode, ProfileError
from batchff.profile import resolve_profile
from tests.commands import Batchff
from tests.identity.keyrings import DictKeyring
from tests.storage_servers import SOMEONE_ELSES_KEY

STORED = ("batchff", "studio/batch_key")


@pytest.fixture
def file() -> Path:
    """Where the profile file of this test is."""
    return Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")


@pytest.fixture
def studio(run: Batchff, system_keyring: DictKeyring) -> DictKeyring:
    """A profile whose key is in the keyring."""
    words = ("profile", "set", "studio", "batch_account=a", "batch_key=-", "--keyring")
    assert run(*words, stdin=f"{SOMEONE_ELSES_KEY}\n").code == 0
    system_keyring.asked = 0
    return system_keyring


def batch_key() -> str | None:
    return resolve_profile("studio", {}).require("batch_key")


def test_the_file_says_that_the_secret_is_in_the_keyring(studio: DictKeyring, file: Path) -> None:
    assert studio.secrets == {STORED: SOMEONE_ELSES_KEY}
    assert '[profiles.studio]\nbatch_account = "a"\nbatch_key = "keyring"\n' in file.read_text()
    assert batch_key() == SOMEONE_ELSES_KEY


def test_show_tells_of_it_without_asking_for_it(studio: DictKeyring, run: Batchff) -> None:
    assert "batch_key                  (hidden)  [keyring]" in run("profile", "show").out
    assert studio.asked == 0


def test_the_environment_outranks_the_keyring_and_the_keyring_what_az_reads(
    studio: DictKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_BATCH_ACCESS_KEY", "YXo=")
    assert batch_key() == SOMEONE_ELSES_KEY
    monkeypatch.setenv("BATCHFF_BATCH_KEY", "b3Vycw==")
    studio.asked = 0
    assert batch_key() == "b3Vycw=="
    assert studio.asked == 0


def test_a_key_that_nothing_else_gives_is_looked_for(
    run: Batchff, system_keyring: DictKeyring
) -> None:
    run("profile", "set", "studio", "auth=key", "batch_account=a", "batch_endpoint=https://a")
    keyring.set_password(*STORED, "not base64")
    asked = run("--profile", "studio", "job", "list")
    assert (asked.code, "batch_key isn't an account's key" in asked.err) == (5, True)
    del system_keyring.secrets[STORED]
    missing = run("--profile", "studio", "job", "list")
    assert missing.err.startswith("error: profile 'studio' has no batch_key (")


def test_without_any_keyring_a_missing_key_is_just_missing(run: Batchff) -> None:
    run("profile", "set", "studio", "auth=key")
    with pytest.raises(ProfileError, match="profile 'studio' has no batch_key"):
        batch_key()


def test_a_secret_that_moves_into_the_file_leaves_the_keyring(
    studio: DictKeyring, run: Batchff, file: Path
) -> None:
    assert run("profile", "set", "studio", "batch_key=-", stdin="b3Vycw==").code == 0
    assert 'batch_key = "b3Vycw=="' in file.read_text()
    assert not studio.secrets


def test_remove_takes_it_out_of_the_keyring(studio: DictKeyring, run: Batchff) -> None:
    keyring.set_password("batchff", "archive/batch_key", "of another profile")
    assert run("profile", "remove", "studio").out == "profile studio removed\n"
    assert studio.secrets == {("batchff", "archive/batch_key"): "of another profile"}


def test_unset_takes_it_out_of_the_keyring_and_the_file(
    studio: DictKeyring, run: Batchff, file: Path
) -> None:
    assert run("profile", "unset", "studio", "batch_account").code == 0
    assert studio.secrets == {STORED: SOMEONE_ELSES_KEY}
    assert studio.asked == 0
    assert run("profile", "unset", "studio", "batch_key").out == "profile studio changed\n"
    assert not studio.secrets
    assert "batch_key" not in file.read_text()


def test_what_a_locked_keyring_kept_is_unset_by_the_same_command_later(
    studio: DictKeyring, run: Batchff, file: Path
) -> None:
    studio.locked = True
    refused = run("profile", "unset", "studio", "batch_key")
    assert refused.code == ExitCode.SIGN_IN
    assert refused.err == (
        "error: profile 'studio' is changed, but its batch_key is still in the keyring: "
        "the system's keyring: the user refused to unlock it\n"
    )
    assert "batch_key" not in file.read_text()
    studio.locked = False
    assert run("profile", "unset", "studio", "batch_key").code == 0
    assert not studio.secrets
    assert "doesn't set batch_key" in run("profile", "unset", "studio", "batch_key").err


def test_a_profile_can_be_removed_whose_keyring_cant_be_read(
    studio: DictKeyring, run: Batchff
) -> None:
    studio.locked = True
    removed = run("profile", "remove", "studio")
    assert removed.code == ExitCode.SIGN_IN
    assert removed.err == (
        "error: profile 'studio' is removed, but its batch_key is still in the keyring: "
        "the system's keyring: the user refused to unlock it\n"
    )
    assert run("profile", "list").out == "* local\n"


def test_a_locked_keyring_and_a_lost_secret_are_told(studio: DictKeyring) -> None:
    studio.locked = True
    with pytest.raises(ProfileError, match="the user refused to unlock it"):
        batch_key()
    studio.locked = False
    studio.secrets.clear()
    with pytest.raises(ProfileError, match="the system's keyring has no batch_key") as raised:
        batch_key()
    assert raised.value.hint == "put it there: batchff profile set studio batch_key --keyring"


def test_only_secrets_go_there(run: Batchff, system_keyring: DictKeyring, file: Path) -> None:
    refused = run("profile", "set", "studio", "batch_account=a", "--keyring")
    assert refused.code == ExitCode.USAGE
    assert "batch_key, storage_key, storage_connection_string" in refused.err
    assert not file.exists()


def test_a_keyring_that_keeps_nothing_is_told(run: Batchff, file: Path) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]
    refused = run("profile", "set", "studio", "batch_key=-", "--keyring", stdin="a2V5")
    assert refused.code == ExitCode.SIGN_IN
    assert "the system's keyring doesn't keep what is put there" in refused.err
    assert not file.exists()


def test_a_machine_without_a_keyring_is_told(run: Batchff, file: Path) -> None:
    refused = run("profile", "set", "studio", "batch_key=-", "--keyring", stdin="a2V5")
    assert (refused.code, refused.err.count("\n")) == (ExitCode.SIGN_IN, 1)
    assert "this machine has no keyring that can be used" in refused.err
    assert not file.exists()


def test_without_the_extra_it_says_how_to_install_it(
    studio: DictKeyring, run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setitem(sys.modules, "keyring.errors", None)
    refused = run("profile", "set", "studio", "storage_key=-", "--keyring", stdin="a2V5")
    assert refused.code == ExitCode.SIGN_IN
    assert "isn't installed (install it: pip install 'batchff[keyring]')" in refused.err
    with pytest.raises(ProfileError, match="isn't installed"):
        batch_key()
