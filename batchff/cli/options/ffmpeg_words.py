"""The words after `--`, which are ffmpeg's, and those that should be there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from batchff.cli.commands import Command
from batchff.console.words.redact import redact
from batchff.errors import UsageError

FFMPEG_ARGUMENTS = "ffmpeg_arguments"


class FfmpegCommand(Command):
    """A command whose words after `--` are ffmpeg's, not its own."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Keep the words after `--` for ffmpeg.

        Raises UsageError for batchff's own options among them, and for ffmpeg's before them.
        """
        words: tuple[str, ...] = ()
        if "--" in args:
            split = args.index("--")
            ctx.meta[FFMPEG_ARGUMENTS] = words = tuple(args[split + 1 :])
            self._refuse_own_options(ctx, words)
            args = args[:split]
        given = tuple(args)  # the parser empties the list
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if _is_unknown_short(error):
                raise self._misplaced(ctx, given, words) from None
            raise

    def _misplaced(
        self, ctx: typer.Context, given: Sequence[str], after: Sequence[str]
    ) -> UsageError:
        """Return the error that says where ffmpeg's arguments go, with the line as it should be."""
        options = {
            option: parameter
            for parameter in self.get_params(ctx)
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        own, ffmpegs = _told_apart(given, options)
        if not any(word.startswith(("--suffix", "--preset")) for word in own):
            own += ["--suffix", ".mp4"]
        line = f"{ctx.command_path} {shlex.join([*own, '--', *ffmpegs, *after])}"
        return UsageError(
            f"{ffmpegs[0]} is no option of '{ctx.command_path}'; ffmpeg's arguments go after --",
            hint=f"as in: {redact(line)}",
        )

    def _refuse_own_options(self, ctx: typer.Context, words: Sequence[str]) -> None:
        """Raise UsageError for an option of batchff after `--`: ffmpeg would fail on every file."""
        parameters = [*self.params, *ctx.find_root().command.params]
        own = {
            option
            for parameter in parameters
            for option in (*parameter.opts, *parameter.secondary_opts)
            if option.startswith("--")
        }
        for word in words:
            option = word.partition("=")[0]
            if option in own:
                raise UsageError(
                    f"{option} is after --, among ffmpeg's own arguments",
                    hint=f"put {option} before --",
                )

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the pieces of the usage line, ffmpeg's arguments being the last."""
        return [*super().collect_usage_pieces(ctx), "[-- FFMPEG ARGS]"]


def _is_unknown_short(error: typer.TyperException) -> bool:
    """Return whether an option of one dash doesn't exist; ffmpeg's options all have one."""
    name = getattr(error, "option_name", "--")
    return hasattr(error, "possibilities") and not name.startswith("--")


def _told_apart(words: Sequence[str], options: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return a command's own words, and those that must be ffmpeg's.

    What follows an option of ffmpeg's is its value. Other words are ffmpeg's as well, unless they
    name a file.
    """
    own: list[str] = []
    ffmpegs: list[str] = []
    left = iter(words)
    for word in left:
        if word.startswith("--") or _are_flags(word, options):
            own += [word, *_value_of(word, left, options)]
        elif word.startswith("-"):
            ffmpegs.append(word)
        elif not ffmpegs or (not ffmpegs[-1].startswith("-") and Path(word).exists()):
            own.append(word)
        else:
            ffmpegs.append(word)
    return own, ffmpegs


def _are_flags(word: str, options: Mapping[str, Any]) -> bool:
    return word[:1] == "-" and all(f"-{letter}" in options for letter in word[1:])


def _value_of(word: str, left: Iterator[str], options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the next word where it's the value of an option."""
    option = options.get(word)
    if option is not None and not option.is_flag:
        yield from (value for value in [next(left, None)] if value is not None)
