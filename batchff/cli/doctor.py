"""`batchff doctor`: finds what would fail, before it costs anything."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import Invocation, emulator_errors, invocation_of, with_emulator
from batchff.cli.options.ffmpeg_words import FfmpegCommand
from batchff.cli.options.limits import asked_limits
from batchff.cli.options.recipes import Presets, Settings, Suffix, chosen_recipes
from batchff.cli.options.settings import with_settings
from batchff.cli.services import examined_batch, examined_storage
from batchff.console.reporter import CommandResult
from batchff.errors import ExitCode, ProfileError
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.cloud.sign_in.identity import Identities
    from batchff.model.recipes import Recipe
    from batchff.pipeline.doctor import Check, Subject
    from batchff.profile import Profile
    from batchff.profile.keys import Service

app = App()

T = TypeVar("T")

_NOT_THE_OWNER = stat.S_IRWXG | stat.S_IRWXO


@app.command(cls=FfmpegCommand)
@with_settings("pool")
def doctor(
    context: typer.Context,
    preset: Presets = None,
    settings: Settings = None,
    suffix: Suffix = None,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="The folder for outputs.", show_default=False),
    ] = Path("."),
) -> CommandResult:
    """Check all that a submit needs, and say how to correct it.

    It makes nothing and costs nothing. The exit code is 5 if something would fail.
    """
    from batchff.pipeline.doctor import Examination, Status, examine, examine_machine
    from batchff.pipeline.doctor.machine import check_encoders
    from batchff.results.doctor import Doctor

    invocation = invocation_of(context)
    invocation.is_brief = True
    with suppress(ProfileError):  # that's a finding; a flag's impossible value is none
        _ = invocation.profile
    asked = chosen_recipes(context, preset, settings, suffix).recipes
    examination = Examination(invocation.console)
    examination.run("profile", lambda: _check_profile(invocation))
    if examination.count(Status.FAILURE):
        examination.run("encoders", lambda: check_encoders(asked, emulated=False))
        examine_machine(out, None, examination)
    else:
        examine(_subject(invocation, asked, out), examination)
    ok, warnings, failures = (
        examination.count(status) for status in (Status.OK, Status.WARNING, Status.FAILURE)
    )
    return CommandResult(
        Doctor(ok=ok, warnings=warnings, failures=failures),
        text=f"{ok} ok, {counted(warnings, 'warning')}, {counted(failures, 'failure')}",
        exit_code=ExitCode.SIGN_IN if failures else ExitCode.DONE,
    )


def _check_profile(invocation: Invocation) -> Check:
    """Return which profile is used; raise ProfileError for one that can't be read."""
    from batchff.pipeline.doctor.check import ok, warning
    from batchff.profile import LOCAL, profile_file

    profile, file = invocation.profile, profile_file()
    name = profile.name
    if name == LOCAL:
        emulated = profile.uses_emulator("batch") and profile.uses_emulator("storage")
        whose = "which is the emulator" if emulated else "with an account from the environment"
        return ok("profile", f"{name}, {whose}")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & _NOT_THE_OWNER:
        return warning("profile", f"{name}; others may read {file}", f"chmod 600 {file}")
    return ok("profile", f"{name}, from {file}")


def _subject(invocation: Invocation, recipes: tuple[Recipe, ...], out: Path) -> Subject:
    """Return what to examine. It starts no emulator."""
    from batchff.cli.options.pool_request import asked_pool
    from batchff.cloud.credentials import find_account
    from batchff.pipeline.doctor import Access, Subject

    profile = invocation.profile
    emulated = profile.uses_emulator("batch")
    access = Access(
        batch=lambda: _opened(examined_batch, "batch", invocation),
        storage=lambda: _opened(examined_storage, "storage", invocation),
        management=lambda: None if emulated else find_account(profile, invocation.identities),
    )
    return Subject(
        access=access,
        spec=lambda: asked_pool(invocation, warn=False),
        limits=lambda: asked_limits(profile),
        containers={kind: profile.require(f"{kind}_container") for kind in ("input", "output")},
        recipes=recipes,
        downloads=out,
        emulator=_emulator_root() if emulated else None,
        ffmpeg_container=profile.require("ffmpeg_container"),
        nodes_here=profile.has_nodes_here,
    )


def _opened(
    open_service: Callable[[Profile, Identities], T], service: Service, invocation: Invocation
) -> T | None:
    """Open a service; None where that's the emulator, and it isn't running."""
    profile = invocation.profile
    if profile.uses_emulator(service):
        with emulator_errors():
            from batchff.emulator import launch

            connection = launch.find(launch.default_root())
        if connection is None:
            return None
        profile = with_emulator(profile, service, connection)
    return open_service(profile, invocation.identities)


def _emulator_root() -> Path:
    with emulator_errors():
        from batchff.emulator import launch

        return launch.default_root()
