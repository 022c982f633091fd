"""The entry point: puts the commands together, and is the one place that catches errors."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any

import typer
from typer.main import get_command

from batchff.cli.commands import App, set_flags
from batchff.cli.completion.values import complete_profile
from batchff.cli.invocation import Invocation, invocation_of
from batchff.cli.lazy_group import LazyGroup
from batchff.cli.words.welcome import WELCOME
from batchff.console.choose import Progress, ring
from batchff.console.reporter import CommandResult
from batchff.console.words.redact import redact
from batchff.console.words.text import error_line
from batchff.errors import BatchffError, ExitCode, InterruptedByUser, UsageError

_COMPLETE = "_BATCHFF_COMPLETE"
"""Set by the shells' scripts: what Typer is to print for the shell."""


_OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""What a write to stdout fails with where that's a file. The errors of others name their file."""


class Commands(LazyGroup):
    """All commands and groups of commands."""

    modules = {
        "submit": "batchff.cli.submit.submit",
        "inspect": "batchff.cli.inspect",
        "upload": "batchff.cli.upload",
        "watch": "batchff.cli.watch",
        "logs": "batchff.cli.logs",
        "download": "batchff.cli.download",
        "report": "batchff.cli.report",
        "cleanup": "batchff.cli.cleanup.cleanup",
        "doctor": "batchff.cli.doctor",
        "init": "batchff.cli.init.init",
        "pool": "batchff.cli.pool.group",
        "job": "batchff.cli.job.group",
        "profile": "batchff.cli.profile",
        "preset": "batchff.cli.preset",
        "schema": "batchff.cli.schema",
        "emulator": "batchff.cli.emulator.emulator",
        "help": "batchff.cli.help.help",
    }


app = App(
    name="batchff",
    cls=Commands,
    help="Turn a folder of media into other media on many machines, with ffmpeg.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        from batchff.cli.version import version_result  # it asks for the versions of packages

        invocation_of(context).console.finish(version_result())
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    profile_name: Annotated[
        str | None,
        typer.Option(
            "--profile", metavar="NAME", help="The profile to use.", autocompletion=complete_profile
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what went wrong.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every file.")] = False,
    progress: Annotated[
        Progress | None,
        typer.Option(
            help="A screen, where the terminal can draw one, or lines, as for screen readers.  "
            "[default: auto, or BATCHFF_PROGRESS]"
        ),
    ] = None,
    batch_account: Annotated[
        str | None, typer.Option(metavar="NAME", help="The Batch account's name.")
    ] = None,
    batch_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="The Batch account's URL.")
    ] = None,
    storage_account: Annotated[
        str | None, typer.Option(metavar="NAME", help="The storage account's name.")
    ] = None,
    input_container: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where inputs are sent.")
    ] = None,
    output_container: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where outputs go.")
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the versions that a bug report needs, and exit.",
        ),
    ] = False,
) -> None:
    """Turn a folder of media into other media on many machines, with ffmpeg."""
    settings = {
        "batch_account": batch_account,
        "batch_endpoint": batch_endpoint,
        "storage_account": storage_account,
        "input_container": input_container,
        "output_container": output_container,
    }
    flags = invocation_of(context).flags
    flags.settings = settings
    set_flags(
        flags, profile=profile_name, json=json, quiet=quiet, verbose=verbose, progress=progress
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # A usage error is printed as JSON too, though it comes before the flags are read.
    own_words = words[: words.index("--")] if "--" in words else words
    _give_streams()
    invocation = Invocation(json="--json" in own_words, words=words)
    try:
        return _run(words, invocation)
    except BrokenPipeError:
        # The reader of our output has closed it. Python would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.ERROR
    except OSError as error:
        if error.filename is not None or error.errno not in _OF_OUTPUT:
            return _unexpected(error, invocation)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        invocation.console.close()
        said = BatchffError(
            f"the output can't be written: {error.strerror}", hint="free some space"
        )
        print(error_line(said.message, said.hint), file=sys.stderr, flush=True)
        return said.exit_code
    except Exception as error:
        return _unexpected(error, invocation)
    finally:
        invocation.keep_seen_ids()


def _give_streams() -> None:
    """Open what a shell has closed, as with `>&-`: what is written there is lost, as was wanted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _unexpected(error: Exception, invocation: Invocation) -> int:
    """Tell of a defect, with its traceback."""
    invocation.console.close()
    print(redact(traceback.format_exc()), file=sys.stderr, end="", flush=True)
    invocation.console.fail(
        BatchffError(
            f"unexpected: {type(error).__name__}",
            hint="a defect of batchff; please report it with the lines above",
        )
    )
    return ExitCode.ERROR


@cache
def _command() -> Callable[..., Any]:
    """Build the group of all commands, once for a process: Typer itself builds it at each call."""
    command = get_command(app)
    if _COMPLETE in os.environ or {"--install-completion", "--show-completion"} & set(sys.argv):
        from batchff.cli.completion.shells import use_own_scripts  # only a shell needs it

        use_own_scripts()
    return command


def _run(words: list[str], invocation: Invocation) -> int:
    try:
        returned = _command()(words, prog_name="batchff", obj=invocation, standalone_mode=False)
        if isinstance(returned, CommandResult):
            invocation.console.finish(returned)
            _ring(invocation)
            return returned.exit_code
        if returned != ExitCode.INTERRUPTED:
            return int(returned or 0)
        failure: BatchffError = InterruptedByUser(
            "interrupted", hint="give the command again: it continues"
        )
    except BatchffError as error:
        failure = error
    except typer.Abort:
        failure = InterruptedByUser("nothing was done")
    except typer.TyperException as error:
        if _is_help(error) and not invocation.flags.json:
            is_alone = _command_path(error) == "batchff"
            typer.echo(WELCOME if is_alone else error.format_message(), err=True)
            return ExitCode.USAGE
        failure = _usage_error(error)
    invocation.console.fail(failure)
    _ring(invocation)
    return failure.exit_code


def _ring(invocation: Invocation) -> None:
    if invocation.rings:
        ring()


def _usage_error(error: typer.TyperException) -> UsageError:
    if _is_help(error):
        return UsageError("a command is missing", hint=f"see: {_command_path(error)} --help")
    # Typer's own words for it are those of its code.
    message = error.format_message().replace("is not a valid int range", "is no whole number")
    return UsageError(message, hint=f"see: {_command_path(error)} --help")


def _is_help(error: typer.TyperException) -> bool:
    """Say whether it's a group's help, which Typer raises for a group without its command."""
    return error.format_message().startswith("Usage:")


def _command_path(error: typer.TyperException) -> str:
    return str(getattr(getattr(error, "ctx", None), "command_path", "batchff"))
