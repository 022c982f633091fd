from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import ExitCode, ProfileError, UsageError
from batchff.profile import (
    LOCAL,
    resolve_profile,
)
from tests.profiles import STUDIO


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profiles.toml"


def refusal(name: str | None, file: Path) -> ProfileError:
    with pytest.raises(ProfileError) as raised:
        resolve_profile(name, {}, environ={}, file=file)
    assert "\n" not in raised.value.message + raised.value.hint
    return raised.value


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


def test_an_unknown_profile_is_refused_with_the_known_ones(file: Path) -> None:
    file.write_text(STUDIO)
    with pytest.raises(ProfileError, match="there is no profile 'stduio'") as raised:
        resolve_profile("stduio", {}, environ={}, file=file)
    assert raised.value.hint.startswith("known: local, studio, archive; ")


@pytest.mark.parametrize(
    ("endpoint", "here"),
    [
        ("", True),
        ("http://127.0.0.1:10000", True),
        ("localhost:10000", True),
        ("http://[::1]:10000", True),
        ("https://mybatch.westeurope.batch.azure.com", False),
        ("https://10.0.0.7", False),
    ],
)
def test_an_account_on_loopback_has_its_nodes_on_this_machine(
    endpoint: str, here: bool, file: Path
) -> None:
    environ = {"BATCHFF_BATCH_ENDPOINT": endpoint} if endpoint else {}
    assert resolve_profile(None, {}, environ=environ, file=file).has_nodes_here is here


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("pool.image", "nosuch", "--image: 'nosuch' is no image"),
        ("pool.vm_size", "", "--vm-size must be a text"),
        ("job.queue_time", "0", "--queue-time: 0s is too short for any job"),
        ("input_container", "My_Films", "--input-container: 'My_Films' is no container's name"),
    ],
)
def test_a_flags_impossible_value_is_a_usage_error(
    key: str, value: str, message: str, file: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        resolve_profile(None, {key: value}, environ={}, file=file)
    assert raised.value.message == message
    assert raised.value.exit_code == 2


def test_the_same_value_in_the_environment_is_the_profiles_mistake(file: Path) -> None:
    with pytest.raises(ProfileError, match="pool.image: 'nosuch' is no image"):
        resolve_profile(None, {}, environ={"BATCHFF_POOL_IMAGE": "nosuch"}, file=file)
