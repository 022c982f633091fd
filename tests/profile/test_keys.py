from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import ProfileError, UsageError
from batchff.profile import (
    KEYS,
    Key,
    find_key,
    resolve_profile,
)
from batchff.profile.changes import remove_profile, set_keys

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
    "ffmpeg_container": "programs",
    "pool.ffmpeg": "image",
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
    ("ffmpeg_container", "Programs", "'Programs' is no container's name"),
    ("pool.ffmpeg", "debian", "'debian' is no ffmpeg for nodes"),
    ("pool.ffmpeg", "https://e.org/f.zip", "'https://e.org/f.zip' doesn't lead to a static"),
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


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_key_can_come_from_the_environment(key: Key, file: Path) -> None:
    value = FITTING.get(key.name, "anything")
    profile = resolve_profile(None, {}, environ={key.environment_name: value}, file=file)
    assert profile.text(key.name) == value


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


def test_an_unknown_key_is_refused_with_the_nearest_one(file: Path) -> None:
    file.write_text("[profiles.s.pool]\nvm_sise = 'Standard_D4s_v5'")
    error = refusal("s", file)
    assert "no profile has a key 'pool.vm_sise'" in error.message
    assert error.hint == "did you mean pool.vm_size?"
    remove_profile(file, "s")


def test_a_wrong_value_in_the_environment_is_told_with_its_variable(file: Path) -> None:
    with pytest.raises(ProfileError, match=r"environment, BATCHFF_POOL_NODES"):
        resolve_profile(None, {}, environ={"BATCHFF_POOL_NODES": "two"}, file=file)


def test_a_secret_of_the_wrong_kind_isnt_shown(file: Path) -> None:
    file.write_text("[profiles.s]\nbatch_key = ['c2VjcmV0']")
    with pytest.raises(ProfileError) as raised:
        resolve_profile("s", {}, environ={}, file=file)
    assert "c2VjcmV0" not in raised.value.message + raised.value.hint
