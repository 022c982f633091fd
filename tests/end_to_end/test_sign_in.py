"""The six stages with each way to sign in, against one emulator over TLS that takes tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.launch import Connection
from batchff.errors import ExitCode
from batchff.profile import profile_file
from batchff.profile.changes import set_keys
from tests.commands import Batchff
from tests.identity.keyrings import DictKeyring
from tests.identity.sign_in import RESOURCES, SignIn
from tests.silence import silence

# One emulator for them all.
pytestmark = pytest.mark.xdist_group("sign-in")

BY_KEY = ("keys", "connection-string", "keyring")
BY_TOKEN = (
    "service-principal",
    "managed-identity",
    "workload-identity",
    "azure-cli",
    "default-chain",
)


@pytest.fixture
def account(emulator_over_tls: Connection) -> Connection:
    return emulator_over_tls


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short clip, in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    file = Path("videos", "silence.wav")
    file.parent.mkdir()
    file.write_bytes(silence())
    return file


def settings_of(kind: str, account: Connection) -> dict[str, str]:
    """What the profile holds for a way to sign in."""
    settings = {
        "batch_account": account.batch_account,
        "batch_endpoint": account.batch_endpoint,
        "input_container": f"in-{kind}",
        "output_container": f"out-{kind}",
    }
    keys = {"batch_key": account.batch_key, "storage_key": account.storage_key}
    storage = {
        "storage_account": account.storage_account,
        "storage_endpoint": account.blob_endpoint,
    }
    match kind:
        case "keys":
            return {**settings, **storage, **keys}
        case "keyring":
            return {**settings, **storage, **keys, "auth": "key"}
        case "connection-string":
            connection_string = account.storage_connection_string
            return {
                **settings,
                "batch_key": account.batch_key,
                "storage_connection_string": connection_string,
            }
        case "default-chain":
            return {**settings, **storage}
    return {**settings, **storage, "auth": kind}


@pytest.mark.parametrize("kind", BY_KEY + BY_TOKEN)
def test_the_six_stages(
    kind: str,
    account: Connection,
    sign_in: SignIn,
    system_keyring: DictKeyring,
    clip: Path,
    run: Batchff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_keys(profile_file(), kind, settings_of(kind, account), in_keyring=kind == "keyring")
    if kind in BY_TOKEN:
        way = "workload-identity" if kind == "default-chain" else kind
        for name, value in sign_in.environment(way).items():
            monkeypatch.setenv(name, value)

    def stage(*words: str | Path) -> None:
        done = run(*words)
        assert done.code == 0, done

    pool = f"pool-{kind}"
    stage("upload", clip.parent, "--to", kind)
    stage("pool", "create", pool)
    submitted = run("--json", "job", "submit", "--input", kind, "--pool", pool)
    job = submitted.result["job"]
    stage("watch", job, "--timeout", "1m")
    stage("download", job, "--to", "home")
    stage("cleanup", job, "--pool", "--inputs", "--outputs", "--yes")

    assert Path("home", "silence.mp3").stat().st_size > 0
    assert sign_in.given.keys() == (set(RESOURCES.values()) if kind in BY_TOKEN else set())
    assert bool(system_keyring.asked) == (kind == "keyring")


def test_both_services_share_a_sign_in(
    account: Connection, sign_in: SignIn, run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_keys(profile_file(), "studio", settings_of("azure-cli", account))
    for name, value in sign_in.environment("azure-cli").items():
        monkeypatch.setenv(name, value)
    assert run("cleanup", "--all", "--dry-run").code == 0
    assert sorted(call.rpartition(" ")[2] for call in sign_in.az_calls()) == list(
        RESOURCES.values()
    )


@pytest.mark.parametrize("words", [("job", "list"), ("upload", "videos")])
def test_a_token_that_is_refused_is_one_line_and_the_exit_code_of_sign_in(
    words: tuple[str, ...],
    account: Connection,
    sign_in: SignIn,
    clip: Path,
    run: Batchff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_keys(profile_file(), "studio", settings_of("workload-identity", account))
    for name, value in sign_in.environment("workload-identity").items():
        monkeypatch.setenv(name, value)
    sign_in.lifetime = -3600
    refused = run("--quiet", *words)
    assert refused.code == ExitCode.SIGN_IN
    [line] = refused.err.splitlines()
    assert "the token isn't valid now" in line
    [[token, *_]] = sign_in.given.values()
    assert token not in line
