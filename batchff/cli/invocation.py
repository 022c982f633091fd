"""One call of batchff: its flags, console, profile and services.

A service is opened when a command first uses it, so that a command needs only its own settings.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import typer

from batchff.cli.completion.seen import SeenIds, seeing_console
from batchff.console.choose import Progress, choose_console
from batchff.console.words.redact import redact
from batchff.emulator.errors import EmulatorError
from batchff.errors import BatchffError

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.cloud.sign_in.identity import Identities
    from batchff.cloud.storage import Storage
    from batchff.console.reporter import Console
    from batchff.emulator.launch import Connection
    from batchff.profile import Prices, Profile
    from batchff.profile.keys import Service


# Seconds.
_BRIEF_PATIENCE = 5.0


@dataclass(slots=True)
class Flags:
    """The options of all commands; `settings` are those that a profile could hold."""

    profile: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress: Progress | None = None
    settings: Mapping[str, str | int | None] = field(default_factory=dict)


class Invocation:
    """One call of batchff, from its flags to its end."""

    def __init__(self, *, json: bool = False, words: Sequence[str] = ()) -> None:
        self.flags = Flags(json=json)
        self._seen = SeenIds()
        self._words = tuple(words)
        self.is_brief = False
        """Whether the command reports that a service doesn't answer, instead of waiting for it."""
        self.rings = False
        """Whether the terminal's bell rings at the end."""

    @property
    def command_line(self) -> str:
        """The line that the user gave, as a shell takes it, without its secrets."""
        return redact(shlex.join(("batchff", *self._words)))

    @cached_property
    def console(self) -> Console:
        """What shows events, the result and errors, as the flags say."""
        console = choose_console(
            json=self.flags.json,
            quiet=self.flags.quiet,
            verbose=self.flags.verbose,
            progress=self.flags.progress,
        )
        return seeing_console(console, self._seen)

    def keep_seen_ids(self) -> None:
        """Keep the ids that the command has seen, for completion."""
        if "profile" in self.__dict__:
            self._seen.keep(self.profile.name)

    @cached_property
    def profile(self) -> Profile:
        """The profile's settings; the emulator's are added when a service is opened."""
        from batchff.profile import resolve_profile, unknown_variables

        for unknown in unknown_variables():
            from batchff.events import Warned  # slow to import, and seldom needed

            self.console.report(Warned(f"no setting is called {unknown}"))
        return resolve_profile(self.flags.profile, self.flags.settings)

    @cached_property
    def identities(self) -> Identities:
        """The credentials of this call, and how its requests are retried."""
        from batchff.cloud.http.retrying import Retrying
        from batchff.cloud.sign_in.identity import Identities

        if self.is_brief:
            return Identities(Retrying(most=_BRIEF_PATIENCE))
        return Identities(Retrying(self._report_waiting))

    @cached_property
    def batch(self) -> Batch:
        """The profile's Batch account; starts the emulator if that's the account."""
        from batchff.cloud.credentials import open_batch  # azure is slow to import

        profile = self.profile
        if profile.uses_emulator("batch"):
            profile = with_emulator(profile, "batch", self._emulator)
        return open_batch(profile, self.identities)

    @cached_property
    def storage(self) -> Storage:
        """The profile's storage account; starts the emulator if that's the account."""
        from batchff.cloud.credentials import open_storage  # azure is slow to import

        profile = self.profile
        if profile.uses_emulator("storage"):
            profile = with_emulator(profile, "storage", self._emulator)
        return open_storage(profile, self.identities)

    def check_accounts(self, *services: Service) -> None:
        """Raise ProfileError where the settings of these services can't be used; send nothing.

        It starts no emulator.
        """
        for service in services:
            if not self.profile.uses_emulator(service):
                getattr(self, service)

    def require(self, key: str) -> str:
        """Return a setting as text; raise ProfileError where nothing gives it."""
        return self.profile.require(key)

    @property
    def would_start_emulator(self) -> bool:
        """Whether the first use of a service would start the emulator."""
        from batchff.profile import LOCAL

        profile = self.profile
        if profile.name != LOCAL or not (
            profile.uses_emulator("batch") or profile.uses_emulator("storage")
        ):
            return False
        with emulator_errors():
            from batchff.emulator import launch

            return launch.find(launch.default_root()) is None

    @property
    def prices(self) -> Prices:
        """What nodes cost, as the profile says."""
        from batchff.profile import prices_of

        return prices_of(self.profile)

    def take_flags(self, values: Mapping[str, str | int | None]) -> None:
        """Add a command's own options to the settings; call it before `profile` is used."""
        self.flags.settings = {**self.flags.settings, **values}

    @cached_property
    def _emulator(self) -> Connection:
        with emulator_errors():
            from batchff.emulator import launch

            root = launch.default_root()
            connection = launch.find(root)
            if connection is not None:
                return connection
            connection = launch.start(root)
        from batchff.events import Notice

        started = f"started at {connection.batch_endpoint}; it stops by itself when idle"
        self.console.report(Notice(f"{self._why_emulated} ({started})"))
        return connection

    def _report_waiting(self, line: str) -> None:
        from batchff.events import Notice  # slow to import, and seldom needed

        self.console.report(Notice(line))

    @property
    def _why_emulated(self) -> str:
        """Return why the emulator is used; nothing more where the user named its profile."""
        from batchff.profile import LOCAL

        profile = self.profile
        if profile.named:
            return "the emulator on this machine"
        missing = "account"
        if not profile.uses_emulator("storage"):
            missing = "Batch account"
        elif not profile.uses_emulator("batch"):
            missing = "storage account"
        return f"no {missing} is set up: using the emulator on this machine, profile '{LOCAL}'"


@contextmanager
def emulator_errors() -> Iterator[None]:
    """Turn the errors of the emulator's launcher and of its import into BatchffError."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "fcntl":
            raise
        raise BatchffError(
            "the emulator runs on Linux and macOS only",
            hint="set up an Azure account: batchff profile set NAME KEY=VALUE",
        ) from error
    except EmulatorError as error:
        raise BatchffError(error.message, hint=error.hint) from error


def invocation_of(context: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    found = context.find_object(Invocation)
    assert found is not None
    return found


def with_emulator(profile: Profile, service: Service, connection: Connection) -> Profile:
    """Return the profile with the settings that lead to an emulator's service."""
    if service == "storage":
        settings = {"storage_connection_string": connection.storage_connection_string}
    else:
        settings = {
            "auth": "key",
            "batch_account": connection.batch_account,
            "batch_endpoint": connection.batch_endpoint,
            "batch_key": connection.batch_key,
        }
    return profile.with_settings(settings, "emulator")
