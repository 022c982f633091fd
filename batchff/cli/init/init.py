"""`batchff init`: asks for an account, tries it, and writes its profile."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_profile
from batchff.cli.invocation import Invocation, invocation_of
from batchff.cli.services import examined_batch, examined_storage
from batchff.console.reporter import CommandResult
from batchff.errors import ProfileError
from batchff.profile import (
    KEYS,
    LOCAL,
    Profile,
    ProfileFile,
    find_key,
    profile_file,
    resolve_profile,
)
from batchff.profile.keys import AUTH

if TYPE_CHECKING:
    from batchff.cli.init.questions import Questions

app = App()

_NEXT = "try it: batchff doctor, then batchff submit PATH"


def _complete_auth(incomplete: str) -> list[str]:
    return [way for way in AUTH if way.startswith(incomplete)]


@app.command()
def init(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The profile to make.  [default: named like the Batch account]",
            autocompletion=complete_profile,
        ),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="WAY",
            help=f"How to sign in: {', '.join(AUTH)}.",
            autocompletion=_complete_auth,
        ),
    ] = None,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep secrets in the system's keyring.")
    ] = False,
    default: Annotated[
        bool, typer.Option("--default", help="Make the profile the default.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Don't ask; use options and the environment.")
    ] = False,
) -> CommandResult:
    """Set up an account: ask, try it, and write its profile."""
    from batchff.cli.init.questions import Questions
    from batchff.profile.changes import set_keys, use_profile

    invocation = invocation_of(context)
    invocation.is_brief = True
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not yes
    given = _given(invocation, auth)
    questions = Questions(given, invocation, asks=asks)
    if name == LOCAL or not questions.ask_for_account():
        return _use_local(asks=asks, default=default)
    questions.ask_for_sign_in()
    name = name or questions.values["batch_account"]
    stored = ProfileFile.read(profile_file())
    if name in stored.profiles:
        questions.ask_to_change(name)
    _try(name, given, questions, invocation)
    typed = [key for key in questions.values if find_key(key).secret]
    in_keyring = keyring or (bool(typed) and questions.ask_for_keyring())
    change = set_keys(profile_file(), name, questions.values, in_keyring=in_keyring)
    is_default = change.made_default or stored.default == name
    if not is_default and (default or questions.ask_for_default(name)):
        use_profile(profile_file(), name)
        is_default = True
    return _result(name, given, questions, created=change.created, is_default=is_default)


def _given(invocation: Invocation, auth: str | None) -> Profile:
    """Return the settings of flags and environment, without those of any profile."""
    environ = {key: value for key, value in os.environ.items() if key != "BATCHFF_PROFILE"}
    flags = {**invocation.flags.settings, "auth": auth}
    no_file = Path(os.devnull)
    return resolve_profile(None, flags, environ=environ, file=no_file)


def _use_local(*, asks: bool, default: bool) -> CommandResult:
    from batchff.results.init import Init

    stored = ProfileFile.read(profile_file())
    other = stored.default not in (None, LOCAL)
    question = f"Use it from now on, instead of {stored.default}?"
    if other and (default or (asks and typer.confirm(question, err=True))):
        from batchff.profile.changes import use_profile

        use_profile(profile_file(), LOCAL)
        other = False
    how = "batchff --profile local submit PATH" if other else "batchff submit PATH"
    return CommandResult(
        Init(profile=LOCAL, created=False, default=not other),
        text=f"profile local needs nothing: {how} starts the emulator on this machine",
    )


def _try(name: str, given: Profile, questions: Questions, invocation: Invocation) -> None:
    """Sign in with the answers; raise ProfileError, or ask, where that fails."""
    from batchff.cloud.credentials import find_account
    from batchff.pipeline.doctor import Access, Examination, Status, examine_access

    profile = Profile(name, given.settings).with_settings(questions.values, "answer")
    identities = invocation.identities
    access = Access(
        batch=lambda: examined_batch(profile, identities),
        storage=lambda: examined_storage(profile, identities),
        management=lambda: find_account(profile, identities),
    )
    examination = Examination(invocation.console)
    examine_access(access, examination)
    if examination.count(Status.FAILURE) and not questions.ask_to_write_all_the_same():
        raise ProfileError(
            "the account can't be used with these settings; nothing was written",
            hint="correct what the checks found, and give the command again",
        )


def _result(
    name: str, given: Profile, questions: Questions, *, created: bool, is_default: bool
) -> CommandResult:
    from batchff.results.init import Init

    kept = [
        f"{key} isn't written: it's taken from the {setting.origin}"
        for key, setting in given.settings.items()
        if KEYS[key].secret and key not in questions.values
    ]
    made = f"profile {name} {'made' if created else 'changed'}"
    lines = [f"{made}; it is the default" if is_default else made, *kept, _NEXT]
    data = Init(profile=name, created=created, default=is_default, keys=tuple(questions.values))
    return CommandResult(data, text="\n".join(lines))
