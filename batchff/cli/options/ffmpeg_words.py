"""The words after `--`, which are ffmpeg's, and those that should be there."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from batchff.cli.commands import Command
from batchff.errors import UsageError

FFMPEG_ARGUMENTS = "ffmpeg_arguments"


class FfmpegCommand(Command):
    """A command whose words after `--` are ffmpeg's, not its own."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Keep the words after `--` for ffmpeg; raise UsageError for batchff's own among them."""
        if "--" in args:
            split = args.index("--")
            ctx.meta[FFMPEG_ARGUMENTS] = words = tuple(args[split + 1 :])
            self._refuse_own_options(ctx, words)
            args = args[:split]
        return super().parse_args(ctx, args)

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
