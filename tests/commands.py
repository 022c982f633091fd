"""Commands of batchff, run by tests: against an emulator over real HTTP, with real ffmpeg.

`run` has no account, `batchff` has the emulator as its account.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cli.main import main
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.emulator.options import ServiceOptions, TlsFiles
from tests.cloud.management.arm import Arm, batch_account
from tests.identity.sign_in import SignIn
from tests.json_lines import hold_data, hold_lines
from tests.silence import silence

CLIPS = Path(__file__).parent / "clips"


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its exit code, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What `--json` printed."""
        events: list[dict[str, Any]] = [json.loads(line) for line in self.out.splitlines()]
        assert events[-1]["event"] in ("result", "error")
        assert all(event["event"] not in ("result", "error") for event in events[:-1])
        return events

    @property
    def result(self) -> dict[str, Any]:
        """The data of the result that `--json` ended with."""
        last = self.events[-1]
        assert last["event"] == "result", last
        data: dict[str, Any] = last["data"]
        return data

    @property
    def error(self) -> dict[str, Any]:
        """The error that `--json` ended with."""
        last = self.events[-1]
        assert last["event"] == "error", last
        return last


def ran_of(words: Sequence[object], code: int, out: str, err: str) -> Ran:
    """What a command did; each line that it printed as JSON is held to its schema."""
    own = words[: words.index("--")] if "--" in words else words
    if own[:2] == ("emulator", "env") and "--json" in own:
        hold_data("emulator env", out)  # its own option: it prints the data alone
    elif "--json" in own:
        hold_lines(out)
    return Ran(code, out, err)


class Batchff(Protocol):
    """Runs a command: `batchff("job", "list")`."""

    def __call__(self, *words: object, stdin: str | None = None) -> Ran: ...


@pytest.fixture
def account(emulator: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A working folder, and settings in the environment that lead to the emulator.

    Each test has containers of its own.
    """
    name = tmp_path.name.lower().replace("_", "-").strip("-")[:40]
    settings = {
        "BATCHFF_BATCH_ACCOUNT": emulator.batch_account,
        "BATCHFF_BATCH_ENDPOINT": emulator.batch_endpoint,
        "BATCHFF_BATCH_KEY": emulator.batch_key,
        "BATCHFF_STORAGE_CONNECTION_STRING": emulator.storage_connection_string,
        "BATCHFF_INPUT_CONTAINER": f"in-{name}".replace("--", "-"),
        "BATCHFF_OUTPUT_CONTAINER": f"out-{name}".replace("--", "-"),
        "BATCHFF_POOL_SLOTS": "2",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return emulator


@pytest.fixture
def service(account: Connection) -> BatchClient:
    """The Batch account, for what another program than batchff would do in it."""
    credential = AzureNamedKeyCredential(account.batch_account, account.batch_key)
    return BatchClient(account.batch_endpoint, credential, use_env_settings=False)


@pytest.fixture
def storage(account: Connection) -> Storage:
    """The storage account, to see what is in it."""
    return connect_storage(account.storage_connection_string)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Batchff:
    """Run a command in this process, with whatever settings there are."""

    def run(*words: object, stdin: str | None = None) -> Ran:
        capfd.readouterr()
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([str(word) for word in words])
        captured = capfd.readouterr()
        return ran_of(words, code, captured.out, captured.err)

    return run


@pytest.fixture
def batchff(account: Connection, run: Batchff) -> Batchff:
    """Run a command in this process, with the emulator as its account."""
    return run


@pytest.fixture
def batchff_process(account: Connection) -> Batchff:
    """Run a command in a process of its own, as a user does."""

    def run(*words: object, stdin: str | None = None) -> Ran:
        ended = subprocess.run(
            [sys.executable, "-m", "batchff", *(str(word) for word in words)],
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
        )
        return ran_of(words, ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture
def managed(arm: Arm, account: Connection, monkeypatch: pytest.MonkeyPatch) -> Arm:
    """The account as the management plane knows it; settings lead there, and sign in."""
    arm.accounts = [batch_account(account.batch_account)]
    arm.storage_name = account.storage_account
    settings = {
        **arm.sign_in.environment("service-principal"),
        "BATCHFF_MANAGEMENT_ENDPOINT": arm.url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return arm


@pytest.fixture(scope="session")
def emulator_over_tls(
    _endpoints: SignIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """An emulator that can be reached as Azure is: over TLS, with its keys or with tokens.

    Tests that ask for it are of the group "sign-in", so that one worker starts it.
    """
    certificates = _endpoints.certificates
    options = ServiceOptions(
        tls=TlsFiles(certificates.certificate, certificates.key),
        token_key=_endpoints.tenant.public_key,
    )
    root = tmp_path_factory.mktemp("over-tls")
    try:
        yield launch.start(root, options)
    finally:
        launch.stop(root)


@pytest.fixture
def one_clip(account: Connection) -> Path:
    """A folder with one clip that is encoded in no time, for what doesn't depend on the media."""
    folder = Path("videos")
    folder.mkdir()
    (folder / "short.wav").write_bytes(silence())
    return folder


@pytest.fixture
def clips(account: Connection) -> Path:
    """The sample clips, in a folder of their own below the working folder."""
    folder = Path("clips")
    shutil.copytree(CLIPS, folder)
    return folder
