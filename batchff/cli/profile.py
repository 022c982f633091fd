"""`batchff profile`: the profile file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_key, complete_profile, complete_setting
from batchff.cli.invocation import invocation_of
from batchff.console.reporter import CommandResult
from batchff.console.words.redact import redact
from batchff.errors import ProfileError, UsageError
from batchff.profile import (
    KEYS,
    LOCAL,
    ProfileFile,
    find_key,
    profile_file,
)

app = App(name="profile", help="The profile file: accounts and defaults.", no_args_is_help=True)

_HIDDEN = "(hidden)"

Name = Annotated[
    str, typer.Argument(metavar="NAME", autocompletion=complete_profile, show_default=False)
]


@app.command("list")
def list_(context: typer.Context) -> CommandResult:
    """List the profiles; the default is marked."""
    from batchff.results.profile import ProfileList

    stored = ProfileFile.read(profile_file())
    default = stored.default or LOCAL
    names = [LOCAL, *(name for name in stored.profiles if name != LOCAL)]
    return CommandResult(
        ProfileList(tuple(names), default),
        text="\n".join(f"{'*' if name == default else ' '} {name}" for name in names),
    )


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            autocompletion=complete_profile,
            help="The profile.  [default: the one that is used]",
        ),
    ] = None,
) -> CommandResult:
    """Show a profile's settings and where each came from.

    Secrets are hidden.
    """
    from batchff.results.profile import ProfileShow, Setting

    invocation = invocation_of(context)
    if name:
        invocation.flags.profile = name
    profile = invocation.profile
    rows = []
    for key, setting in profile.settings.items():
        value = _HIDDEN if find_key(key).secret else setting.value
        if isinstance(value, str):
            value = redact(value)  # a URL may hold a SAS
        rows.append(Setting(key, value, setting.origin))
    services = tuple(service for service in ("batch", "storage") if profile.uses_emulator(service))
    width = max(26, *(len(key) for key in profile.settings))
    lines = [f"{row.key:<{width}} {row.value}  [{row.origin}]" for row in rows]
    if services:
        lines.append(f"{' and '.join(services)}: the emulator on this machine")
    return CommandResult(
        ProfileShow(profile.name, tuple(rows), services),
        text="\n".join([f"profile {profile.name}", *lines]),
    )


@app.command("set")
def set_(
    name: Name,
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY[=VALUE]…",
            help="KEY alone asks; KEY=- reads a line of stdin.",
            autocompletion=complete_key,
        ),
    ],
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep secrets in the system's keyring.")
    ] = False,
) -> CommandResult:
    """Store settings in a profile; make it if it doesn't exist."""
    from batchff.profile.changes import set_keys
    from batchff.results.profile import ProfileSet

    values = dict(_read_setting(setting) for setting in settings)
    if keyring and not any(find_key(key).secret for key in values):
        secrets = ", ".join(key.name for key in KEYS.values() if key.secret)
        raise UsageError(f"--keyring is for secrets: {secrets}")
    change = set_keys(profile_file(), name, values, in_keyring=keyring)
    text = f"profile {name} {'made' if change.created else 'changed'}"
    if change.made_default:
        text += "; it is the default now"
    return CommandResult(
        ProfileSet(name, change.created, change.made_default, tuple(values)),
        text=text,
    )


def _read_setting(text: str) -> tuple[str, str]:
    """Read a setting from the command line or, where it's a secret, from stdin or a question."""
    name, equals, value = text.partition("=")
    try:
        key = find_key(name)
    except ProfileError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if equals and value == "-":
        return name, sys.stdin.readline().rstrip("\r\n")
    if key.secret and equals:
        raise UsageError(
            f"{name} is a secret, and command lines are kept in histories and seen by others",
            hint=f"give {name} alone to type it, or {name}=- to read it from stdin",
        )
    if equals:
        return name, value
    if not sys.stdin.isatty():
        raise UsageError(f"{name} needs a value", hint=f"write {name}=VALUE, or {name}=- for stdin")
    return name, typer.prompt(name, hide_input=key.secret, err=True)


@app.command()
def unset(
    name: Name,
    keys: Annotated[
        list[str],
        typer.Argument(metavar="KEY…", autocompletion=complete_setting, show_default=False),
    ],
) -> CommandResult:
    """Remove settings from a profile, and secrets from the keyring too."""
    from batchff.profile.changes import unset_keys
    from batchff.results.profile import ProfileUnset

    unset_keys(profile_file(), name, keys)
    return CommandResult(ProfileUnset(name, tuple(keys)), text=f"profile {name} changed")


@app.command()
def use(name: Name) -> CommandResult:
    """Make a profile the default."""
    from batchff.profile.changes import use_profile
    from batchff.results.profile import ProfileUse

    use_profile(profile_file(), name)
    return CommandResult(ProfileUse(name), text=f"the default profile is {name}")


@app.command()
def remove(name: Name) -> CommandResult:
    """Remove a profile from the file and the keyring.

    Nothing in the cloud changes.
    """
    from batchff.profile.changes import remove_profile
    from batchff.results.profile import ProfileRemove

    remove_profile(profile_file(), name)
    return CommandResult(ProfileRemove(name), text=f"profile {name} removed")


@app.command()
def path() -> CommandResult:
    """Print the path of the profile file."""
    from batchff.results.profile import ProfilePath

    file = str(profile_file())
    return CommandResult(ProfilePath(file), text=file)
