"""The questions of `batchff init`: it asks only what options and the environment don't answer."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from batchff.cli.invocation import Invocation
from batchff.cloud.sign_in.clouds import PUBLIC, cloud_at
from batchff.errors import BatchffError, ProfileError, UsageError
from batchff.events import Notice
from batchff.profile.keys import AUTH, checked_value, find_key, with_scheme

if TYPE_CHECKING:
    from batchff.cloud.management.account import BatchAccount
    from batchff.profile import Profile

_SIGN_IN_KEYS = ("tenant_id", "client_id", "storage_auth")
_CONTAINERS = ("input_container", "output_container")


class Questions:
    """Asks for what isn't given; where `asks` is false, raises UsageError instead.

    `values` are the answers, as a profile holds them. Secrets from the environment aren't among
    them: they remain there.
    """

    def __init__(self, given: Profile, invocation: Invocation, *, asks: bool) -> None:
        self._given = given
        self._invocation = invocation
        self._asks = asks
        self.values: dict[str, str] = {}
        for key, setting in given.settings.items():
            if key in (*_SIGN_IN_KEYS, *_CONTAINERS) and setting.origin != "default":
                self.values[key] = str(setting.value)

    def ask_for_account(self) -> bool:
        """Ask which Batch account to use; return False for the emulator."""
        if not self._asks or "batch_endpoint" in self._given.settings:
            self._take("batch_endpoint", "The Batch account's URL")
        else:
            found = self._found_accounts()
            chosen = self._choose(found)
            if chosen == len(found) + 1:
                return False
            if chosen < len(found):
                self._take_account(found[chosen])
            else:
                self._take("batch_endpoint", "The Batch account's URL (portal: Overview)")
        self._take_name()
        return True

    def ask_for_sign_in(self) -> None:
        """Ask how to sign in to both services, and where the storage is."""
        auth = self._given.text("auth")
        if auth is None and "batch_key" not in self._given.settings and self._asks:
            ways = f"Sign in with ({', '.join(AUTH)})"
            auth = self._ask("auth", ways, default="entra")
        if auth is not None:
            self.values["auth"] = auth
        if auth == "key":
            self._take("batch_key", "The Batch account's key")
        if "storage_connection_string" in self._given.settings:
            return
        self._take("storage_account", "The storage account's name")
        if "storage_endpoint" in self._given.settings:
            self._take("storage_endpoint", "")
        elif self._asks and cloud_at(self.values["batch_endpoint"]) is None:
            # Of an account in one of Azure's clouds, the cloud says where its storage is.
            usual = f"https://{self.values['storage_account']}.{PUBLIC.blob_hosts}"
            question = "The storage account's URL"
            self.values["storage_endpoint"] = self._ask("storage_endpoint", question, default=usual)
        if (self.values.get("storage_auth") or auth) == "key":
            self._take("storage_key", "The storage account's key")

    def ask_to_change(self, name: str) -> None:
        """Ask whether an existing profile may be changed; raise where it mayn't."""
        if not self._asks:
            raise UsageError(
                f"there is a profile {name!r} already",
                hint=f"choose another name, or remove it: batchff profile remove {name}",
            )
        typer.confirm(f"There is a profile {name!r} already. Change it?", abort=True, err=True)

    def ask_to_write_all_the_same(self) -> bool:
        """Ask whether to write a profile that doesn't work (yet)."""
        return self._asks and typer.confirm("Write the profile anyway?", err=True)

    def ask_for_keyring(self) -> bool:
        """Ask whether keys go to the system's keyring, where its package is installed."""
        if not self._asks:
            return False
        try:
            import keyring  # noqa: F401  # an extra
        except ImportError:
            return False
        question = "Keep the keys in the system's keyring, not in the file?"
        return typer.confirm(question, default=True, err=True)

    def ask_for_default(self, name: str) -> bool:
        """Ask whether the profile shall be the default."""
        return self._asks and typer.confirm(f"Use {name} as the default profile?", err=True)

    def _found_accounts(self) -> list[BatchAccount]:
        """List the accounts, where somebody may be signed in; to find none is no error."""
        from batchff.cloud.credentials import open_management

        if shutil.which("az") is None and "auth" not in self._given.settings:
            return []
        management = open_management(self._given, self._invocation.identities)
        if management is None:
            return []
        self._invocation.console.report(Notice("looking for your Batch accounts"))
        try:
            return sorted(management.accounts(), key=lambda account: account.name)
        except BatchffError as error:
            self._invocation.console.report(Notice(f"found none: {error.message}"))
            return []

    def _choose(self, found: list[BatchAccount]) -> int:
        lines = [f"Batch account {account.name} ({account.location})" for account in found]
        lines += [
            "another Azure Batch account" if found else "an Azure Batch account",
            "this machine: the emulator, without an account",
        ]
        for number, line in enumerate(lines, 1):
            typer.echo(f"  {number}  {line}", err=True)
        question = "Where shall tasks run?"
        default = 1 if found else len(lines)
        number = typer.prompt(question, default=default, type=int, err=True)
        if not 1 <= number <= len(lines):
            raise UsageError(f"{number} isn't one of 1 to {len(lines)}")
        return int(number) - 1

    def _take_account(self, account: BatchAccount) -> None:
        self.values["batch_account"] = account.name
        self.values["batch_endpoint"] = account.endpoint
        self.values["subscription"] = account.subscription
        self.values["resource_group"] = account.resource_group
        if account.storage_account and "storage_account" not in self._given.settings:
            question = "The storage account's name"
            self.values["storage_account"] = self._ask(
                "storage_account", question, default=account.storage_account
            )

    def _take_name(self) -> None:
        """Take the account's name from its URL where that is Azure's, or ask for it."""
        if "batch_account" in self.values:
            return
        endpoint = self.values["batch_endpoint"]
        if "batch_account" not in self._given.settings and cloud_at(endpoint):
            host = urlsplit(with_scheme(endpoint)).hostname or ""
            self.values["batch_account"] = host.partition(".")[0]
        else:
            self._take("batch_account", "The Batch account's name")

    def _take(self, key: str, question: str) -> None:
        """Take a setting that is given, or ask for it; a secret that is given isn't stored."""
        if key in self.values:
            return
        secret = find_key(key).secret
        setting = self._given.settings.get(key)
        if setting is not None:
            if not secret:
                self.values[key] = str(setting.value)
            return
        if not self._asks:
            raise UsageError(
                f"{key} isn't given, and there is no terminal to ask on",
                hint=f"set {find_key(key).environment_name}"
                + ("" if secret else ", or give the option before the command")
                + ", or call it from a terminal without --yes",
            )
        self.values[key] = self._ask(key, question)

    @staticmethod
    def _ask(key: str, question: str, *, default: str | None = None) -> str:
        """Ask until the answer is valid for the setting."""
        known = find_key(key)
        while True:
            answer = typer.prompt(question, default=default, hide_input=known.secret, err=True)
            try:
                return str(checked_value(known, answer.strip(), "the answer"))
            except ProfileError as error:
                hint = f" ({error.hint})" if error.hint else ""
                typer.echo(f"{error.message}{hint}", err=True)
