from __future__ import annotations

import os
import pty
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from batchff.emulator.launch import Connection
from batchff.profile import ProfileFile, profile_file
from batchff.profile.changes import set_keys
from tests.cloud.management.arm import GROUP, SUBSCRIPTION, Arm, batch_account
from tests.commands import Batchff
from tests.storage_servers import SOMEONE_ELSES_KEY, closed_port


def stored(name: str) -> dict[str, object]:
    """What the file has of a profile."""
    return dict(ProfileFile.read(profile_file()).profiles[name])


class Terminal:
    """`batchff init` on a terminal, and the user before it."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "batchff", "init", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "dumb"},
        )
        os.close(theirs)
        self.shown = ""
        self._answered = 0

    def answer(self, question: str, answer: str = "") -> None:
        """Wait for a question, and type the answer; nothing but Enter is the default."""
        while question not in self.shown[self._answered :] or not self.shown.endswith(": "):
            self._read()
        self._answered = len(self.shown)
        os.write(self._ours, f"{answer}\n".encode())

    def end(self) -> int:
        """Wait for the program's end; return its exit code."""
        try:
            while True:
                self._read()
        except OSError:  # the other side of a terminal that is closed
            os.close(self._ours)
        return self._process.wait()

    def _read(self) -> None:
        piece = os.read(self._ours, 4096)
        if not piece:
            raise OSError("the program has ended")
        self.shown += piece.decode().replace("\r\n", "\n")


def test_on_a_terminal_with_nothing_set_the_emulator_is_offered() -> None:
    terminal = Terminal()
    terminal.answer("Where shall tasks run? [2]:")
    assert terminal.end() == 0
    assert terminal.shown == (
        "  1  an Azure Batch account\n"
        "  2  this machine: the emulator, without an account\n"
        "Where shall tasks run? [2]: \n"
        "profile local needs nothing: batchff submit PATH starts the emulator on this machine\n"
    )


def test_on_a_terminal_keys_are_asked_for_and_not_shown(
    account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BATCH_ENDPOINT", "BATCH_ACCOUNT", "BATCH_KEY"):
        monkeypatch.delenv(f"BATCHFF_{name}")
    terminal = Terminal()
    terminal.answer("Where shall tasks run?", "1")
    terminal.answer("The Batch account's URL (portal: Overview):", account.batch_endpoint)
    terminal.answer("The Batch account's name:", account.batch_account)
    terminal.answer("Sign in with (entra,", "key")
    terminal.answer("The Batch account's key:", account.batch_key)
    terminal.answer("Keep the keys in the system's keyring", "n")
    assert terminal.end() == 0
    assert account.batch_key not in terminal.shown
    made = stored(account.batch_account)
    assert (made["auth"], made["batch_key"]) == ("key", account.batch_key)


@pytest.mark.xdist_group("sign-in")
def test_with_somebody_signed_in_accounts_are_found(
    emulator_over_tls: Connection, arm: Arm, run: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = emulator_over_tls
    host = urlsplit(azure.batch_endpoint).netloc
    arm.accounts = [
        batch_account("archive"),
        batch_account(azure.batch_account, accountEndpoint=host),
    ]
    arm.storage_name = azure.storage_account
    settings = {
        **arm.sign_in.environment("service-principal"),
        "BATCHFF_AUTH": "service-principal",
        "BATCHFF_MANAGEMENT_ENDPOINT": arm.url,
        "BATCHFF_STORAGE_ENDPOINT": azure.blob_endpoint,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal("studio")
    terminal.answer("Where shall tasks run? [1]:", "2")
    terminal.answer("The storage account's name [films]:", azure.storage_account)
    assert terminal.end() == 0, terminal.shown
    assert "  1  Batch account archive (westeurope)\n" in terminal.shown
    assert "by Entra ID, service-principal\n" in terminal.shown
    assert "role: Batch        reading is allowed, and by its roles writing as well" in (
        terminal.shown
    )
    assert stored("studio") == {
        "auth": "service-principal",
        "batch_account": azure.batch_account,
        "batch_endpoint": azure.batch_endpoint,
        "subscription": SUBSCRIPTION,
        "resource_group": GROUP,
        "storage_account": azure.storage_account,
        "storage_endpoint": azure.blob_endpoint,
    }
    examined = run("doctor")
    assert examined.code == 0, examined.out
    assert "ok       SAS                good for the 5d 1h that a job may take\n" in examined.out
    assert "ok       quota: cores       1 × 4 = 4 cores of standardDSv5Family of 16\n" in (
        examined.out
    )


def test_on_a_terminal_an_answer_that_cant_be_is_asked_for_again() -> None:
    terminal = Terminal("studio")
    terminal.answer("Where shall tasks run?", "1")
    terminal.answer("The Batch account's URL (portal: Overview):", "https://")
    terminal.answer("The Batch account's URL (portal: Overview):", f"http://[::1]:{closed_port()}")
    terminal.answer("The Batch account's name:", "studio")
    terminal.answer("Sign in with (entra,", "password")
    terminal.answer("Sign in with (entra,", "key")
    terminal.answer("The Batch account's key:", SOMEONE_ELSES_KEY)
    terminal.answer("The storage account's name:", "films")
    # Of an account that is in no cloud of Azure's, it can't be known where the storage is.
    terminal.answer("URL [https://films.blob.core.windows.net]:", "films.example/a?b")
    terminal.answer("URL [https://films.blob.core.windows.net]:", f"http://[::1]:{closed_port()}/a")
    terminal.answer("The storage account's key:", SOMEONE_ELSES_KEY)
    terminal.answer("Write the profile anyway?", "n")
    assert terminal.end() == 5
    assert "batch_endpoint: 'https://' is no service's address (the answer)" in terminal.shown
    assert "auth must be one of entra, azure-cli" in terminal.shown
    assert not profile_file().exists()


def test_a_profile_that_stands_is_asked_about(batchff: Batchff) -> None:
    set_keys(profile_file(), "studio", {"batch_account": "mine"})
    terminal = Terminal("studio")
    terminal.answer("There is a profile 'studio' already. Change it? [y/N]:", "n")
    assert terminal.end() == 130
    assert stored("studio") == {"batch_account": "mine"}
