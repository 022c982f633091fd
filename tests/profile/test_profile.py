from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import NoReturn

import pytest

from batchff.errors import ExitCode, ProfileError, UsageError
from batchff.profile import (
    KEYS,
    LOCAL,
    Key,
    ProfileFile,
    find_key,
    profile_file,
    resolve_profile,
)
from batchff.profile.changes import remove_profile, set_keys
from tests.profiles import STUDIO

IDS = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/media/providers"
FITTING = {
    "auth": "key",
    "storage_auth": "key",
    "management_endpoint": "https://management.example",
    "batch_endpoint": "https://batch.example",
    "storage_endpoint": "https://storage.example",
    "input_container": "films",
    "output_container": "films-2",
    "pool.vm_size": "Standard_F8s_v2",
    "pool.nodes": "7",
    "pool.spot": "7",
    "pool.slots": "7",
    "pool.max_nodes": "7",
    "pool.fallback": "off",
    "pool.image": "canonical:ubuntu-24_04-lts:server",
    "pool.container_image": "films.azurecr.io/ffmpeg:7.1",
    "pool.subnet": f"{IDS}/Microsoft.Network/virtualNetworks/net/subnets/nodes",
    "pool.identity": f"{IDS}/Microsoft.ManagedIdentity/userAssignedIdentities/nodes",
    "pool.ffmpeg_url": "https://example.org/ffmpeg.tar.xz",
    "pool.ffmpeg_sha256": "0123456789abcdef" * 4,
    "job.task_timeout": "90m",
    "job.retries": "7",
    "job.queue_time": "90m",
    "job.priority": "-7",
    "prices.ask_above": "7.5",
}
"""A value for each setting that can't be just any text."""

UNFIT = [
    ("auth", "password", "must be one of entra, azure-cli, "),
    ("batch_endpoint", "ftp://a", "'ftp://a' is no service's address"),
    ("input_container", "Films", "'Films' is no container's name"),
    ("output_container", "a--b", "'a--b' is no container's name"),
    ("output_container", "ab", "'ab' is no container's name"),
    ("pool.vm_size", "D4s_v5", "'D4s_v5' is no VM size"),
    ("pool.nodes", "-1", "must be 0 or more, not "),
    ("pool.slots", "0", "must be from 1 to 256, not "),
    ("pool.slots", "257", "must be from 1 to 256, not "),
    ("pool.image", "ubuntu", "'ubuntu' is no image"),
    ("pool.container_image", "a b", "'a b' is no container image"),
    ("pool.subnet", "nodes", "'nodes' is no resource id of a subnet"),
    ("pool.identity", "nodes", "'nodes' is no resource id of a user-assigned identity"),
    ("pool.ffmpeg_url", "ffmpeg.zip", "'ffmpeg.zip' doesn't lead to a static ffmpeg"),
    ("pool.ffmpeg_sha256", "abc", "'abc' is no SHA-256"),
    ("job.task_timeout", "soon", "'soon' is no duration"),
    ("job.task_timeout", "30", "30s is too short for any job"),
    ("job.queue_time", "181d", "181d is too long"),
    ("job.retries", "99", "must be from 0 to 10, not "),
    ("job.retries", "many", "must be a whole number, not 'many'"),
    ("job.priority", "-1001", "must be from -1000 to 1000, not "),
    ("prices.ask_above", "-1", "must be an amount of money, not "),
    ("prices.Standard_D4s_v5", "cheap", "must be an amount of money, not 'cheap'"),
]
"""What settings can't be, and what is said of it."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profiles.toml"


def refusal(name: str | None, file: Path) -> ProfileError:
    with pytest.raises(ProfileError) as raised:
        resolve_profile(name, {}, environ={}, file=file)
    assert "\n" not in raised.value.message + raised.value.hint
    return raised.value


# Where a setting comes from


def test_each_place_gives_way_to_the_places_above_it(file: Path) -> None:
    file.write_text(STUDIO)
    flags = {"batch_account": "flag"}
    environ = {"BATCHFF_BATCH_ACCOUNT": "batchff", "AZURE_BATCH_ACCOUNT": "az"}

    def account(**given: object) -> tuple[str | int | float, str]:
        profile = resolve_profile(None, **given)  # type: ignore[arg-type]
        found = profile.settings["batch_account"]
        return found.value, found.origin

    assert account(flags=flags, environ=environ, file=file) == ("flag", "flag")
    assert account(flags={}, environ=environ, file=file) == (
        "batchff",
        "environment, BATCHFF_BATCH_ACCOUNT",
    )
    del environ["BATCHFF_BATCH_ACCOUNT"]
    assert account(flags={}, environ=environ, file=file) == ("studio-file", "file")
    file.unlink()
    assert account(flags={}, environ=environ, file=file) == (
        "az",
        "environment, AZURE_BATCH_ACCOUNT",
    )


def test_a_default_stands_below_all_other_places(file: Path) -> None:
    default = resolve_profile(None, {}, environ={}, file=file).settings["pool.spot"]
    assert (default.value, default.origin) == (0, "default")
    file.write_text(STUDIO)
    stored = resolve_profile(None, {}, environ={}, file=file).settings["pool.spot"]
    assert (stored.value, stored.origin) == (8, "file")
    environ = {"BATCHFF_POOL_SPOT": "3"}
    assert resolve_profile(None, {}, environ=environ, file=file).number("pool.spot") == 3
    flags = {"pool.spot": 0}
    assert resolve_profile(None, flags, environ=environ, file=file).number("pool.spot") == 0


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_key_can_come_from_the_environment(key: Key, file: Path) -> None:
    value = FITTING.get(key.name, "anything")
    profile = resolve_profile(None, {}, environ={key.environment_name: value}, file=file)
    assert profile.text(key.name) == value


def test_an_empty_variable_counts_as_none(file: Path) -> None:
    file.write_text(STUDIO)
    environ = {"BATCHFF_BATCH_ACCOUNT": "", "BATCHFF_PROFILE": ""}
    profile = resolve_profile(None, {}, environ=environ, file=file)
    assert (profile.name, profile.text("batch_account")) == ("studio", "studio-file")


def test_the_flag_then_the_environment_then_the_file_choose_the_profile(file: Path) -> None:
    file.write_text(STUDIO)
    environ = {"BATCHFF_PROFILE": "archive"}
    assert resolve_profile("studio", {}, environ=environ, file=file).name == "studio"
    assert resolve_profile(None, {}, environ=environ, file=file).name == "archive"
    assert resolve_profile(None, {}, environ={}, file=file).name == "studio"
    file.unlink()
    assert resolve_profile(None, {}, environ={}, file=file).name == LOCAL


AZ = {
    "AZURE_BATCH_ACCOUNT": "az",
    "AZURE_BATCH_ENDPOINT": "https://az.example",
    "AZURE_STORAGE_CONNECTION_STRING": "AccountName=az;AccountKey=a2V5",
}


def test_without_a_profile_the_names_that_az_reads_are_honoured(file: Path) -> None:
    profile = resolve_profile(None, {}, environ=AZ, file=file)
    assert profile.name == LOCAL
    assert not profile.uses_emulator("batch")
    assert not profile.uses_emulator("storage")


@pytest.mark.parametrize("how", ["flag", "environment", "file"])
def test_whoever_names_local_gets_the_emulator_whatever_az_would_use(how: str, file: Path) -> None:
    environ = {**AZ, "BATCHFF_PROFILE": LOCAL} if how == "environment" else AZ
    if how == "file":
        file.write_text(f'default = "{LOCAL}"\n')
    profile = resolve_profile(LOCAL if how == "flag" else None, {}, environ=environ, file=file)
    assert profile.uses_emulator("batch")
    assert profile.uses_emulator("storage")


def test_one_service_can_be_in_azure_and_the_other_on_this_machine(file: Path) -> None:
    environ = {"BATCHFF_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=a2V5"}
    profile = resolve_profile(None, {}, environ=environ, file=file)
    assert profile.uses_emulator("batch")
    assert not profile.uses_emulator("storage")


def test_an_account_of_a_higher_place_outranks_a_connection_string(file: Path) -> None:
    file.write_text(STUDIO)
    from_file = resolve_profile("archive", {}, environ=AZ, file=file)
    assert from_file.text("storage_account") == "archive"
    assert from_file.text("storage_connection_string") is None

    environ = {"BATCHFF_STORAGE_CONNECTION_STRING": "AccountName=b;AccountKey=a2V5"}
    from_flag = resolve_profile(None, {"storage_account": "c"}, environ=environ, file=file)
    assert from_flag.text("storage_connection_string") is None
    from_environment = resolve_profile("archive", {}, environ=environ, file=file)
    assert from_environment.text("storage_connection_string") == "AccountName=b;AccountKey=a2V5"


def test_a_setting_that_nothing_gives_is_asked_for_by_its_names(file: Path) -> None:
    file.write_text(STUDIO)
    profile = resolve_profile("studio", {}, environ={}, file=file)
    with pytest.raises(ProfileError, match="profile 'studio' has no batch_endpoint") as raised:
        profile.require("batch_endpoint")
    assert raised.value.hint == (
        "run: batchff profile set studio batch_endpoint, or set BATCHFF_BATCH_ENDPOINT"
    )
    assert raised.value.exit_code is ExitCode.SIGN_IN


def test_the_file_stands_in_the_users_configuration_folder() -> None:
    assert profile_file() == Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")


# What is wrong with a file


def test_an_unknown_profile_is_refused_with_the_known_ones(file: Path) -> None:
    file.write_text(STUDIO)
    with pytest.raises(ProfileError, match="there is no profile 'stduio'") as raised:
        resolve_profile("stduio", {}, environ={}, file=file)
    assert raised.value.hint.startswith("known: local, studio, archive; ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"default = studio", "isn't valid TOML"),
        (b"default = '\xff'", "isn't written in UTF-8"),
        ("default = 'studio'".encode("utf-16"), "isn't written in UTF-8"),
        (b"default = 1", "'default' must be the name of a profile"),
        (b"profiles = 1", "'profiles' must be a table"),
        (b"[profiles]\nstudio = 1", "profile 'studio' must be a table"),
        (b"[studio]\nauth = 'key'", "'studio' means nothing"),
    ],
)
def test_a_file_that_no_profile_could_be_read_from_is_refused(
    content: bytes, message: str, file: Path
) -> None:
    file.write_bytes(content)
    error = refusal(None, file)
    assert message in error.message
    assert str(file) in error.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[profiles.s]\nbatch_account = 5", "batch_account must be a text"),
        (b"[profiles.s]\nbatch_account = ''", "batch_account must be a text"),
        (b"[profiles.s]\nbatch_account = ['a']", "batch_account must be a text"),
        (b"[profiles.s.pool]\nspot = 1.5", "pool.spot must be a whole number, not 1.5"),
        (b"[profiles.s.pool]\nspot = true", "pool.spot must be a whole number, not True"),
        (b"[profiles.s]\npool = 8", "no profile has a key 'pool'"),
    ],
)
def test_a_profile_with_what_none_can_have_is_refused(
    content: bytes, message: str, file: Path
) -> None:
    file.write_bytes(content)
    error = refusal("s", file)
    assert message in error.message
    assert f"({file}, profile s)" in error.message


@pytest.mark.parametrize(("key", "value", "message"), UNFIT)
def test_each_value_is_held_to_one_rule_wherever_it_stands(
    key: str, value: str, message: str, file: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        set_keys(file, "s", {key: value})
    assert message in raised.value.message
    assert raised.value.message.endswith("(the value given)")
    assert not file.exists()

    variable = find_key(key).environment_name
    with pytest.raises(ProfileError) as refused:
        resolve_profile(None, {}, environ={variable: value}, file=file)
    assert message in refused.value.message
    assert refused.value.message.endswith(f"(environment, {variable})")

    table, _, inner = key.rpartition(".")
    file.write_text(f"[profiles.s{'.' * bool(table)}{table}]\n{inner} = {value!r}\n")
    error = refusal("s", file)
    assert message in error.message
    assert error.message.endswith(f"({file}, profile s)")
    assert error.hint


def test_what_is_wrong_with_one_profile_doesnt_keep_from_using_another(file: Path) -> None:
    file.write_text(f"{STUDIO}\n[profiles.s.job]\nretries = 99\n")
    assert resolve_profile("archive", {}, environ={}, file=file).text("storage_account")
    assert refusal("s", file).hint == "correct it: batchff profile set s job.retries=VALUE"
    set_keys(file, "s", {"job.retries": "9"})
    assert resolve_profile("s", {}, environ={}, file=file).number("job.retries") == 9


def test_an_unknown_key_is_refused_with_the_nearest_one(file: Path) -> None:
    file.write_text("[profiles.s.pool]\nvm_sise = 'Standard_D4s_v5'")
    error = refusal("s", file)
    assert "no profile has a key 'pool.vm_sise'" in error.message
    assert error.hint == "did you mean pool.vm_size?"
    remove_profile(file, "s")


def test_a_file_may_begin_with_a_mark_of_its_encoding(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + STUDIO.encode())
    assert resolve_profile(None, {}, environ={}, file=file).name == "studio"
    set_keys(file, "studio", {"pool.nodes": "3"})
    assert file.read_text().startswith("# The accounts of the studio.\n")


def test_a_link_to_the_file_stays_one(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text(STUDIO)
    file.symlink_to(kept)
    set_keys(file, "studio", {"pool.nodes": "3"})
    assert file.is_symlink()
    assert "nodes = 3" in kept.read_text()


def test_what_isnt_a_file_is_told(file: Path) -> None:
    file.mkdir()
    error = refusal(None, file)
    assert error.message == f"can't read {file}: Is a directory"
    assert error.hint == f"see what is there: ls -ld {file}"
    with pytest.raises(ProfileError, match="Is a directory"):
        set_keys(file, "s", {"pool.nodes": "3"})


def test_a_user_without_a_home_has_nowhere_to_keep_profiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(_: int) -> NoReturn:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    with pytest.raises(ProfileError, match="you have no home folder") as raised:
        profile_file()
    assert raised.value.hint == "set HOME, or XDG_CONFIG_HOME"


def test_a_wrong_value_in_the_environment_is_told_with_its_variable(file: Path) -> None:
    with pytest.raises(ProfileError, match=r"environment, BATCHFF_POOL_NODES"):
        resolve_profile(None, {}, environ={"BATCHFF_POOL_NODES": "two"}, file=file)


def test_a_file_that_cant_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"can't read .*: Is a directory"):
        ProfileFile.read(tmp_path)


def test_a_secret_of_the_wrong_kind_isnt_shown(file: Path) -> None:
    file.write_text("[profiles.s]\nbatch_key = ['c2VjcmV0']")
    with pytest.raises(ProfileError) as raised:
        resolve_profile("s", {}, environ={}, file=file)
    assert "c2VjcmV0" not in raised.value.message + raised.value.hint
