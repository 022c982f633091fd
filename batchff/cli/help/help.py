"""`batchff help`: a topic, a command, or the manual page."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.words.layout import columns
from batchff.console.reporter import CommandResult

app = App()

MANUAL = "man"


def complete_topic(incomplete: str) -> list[str]:
    """Complete the name of a topic."""
    from batchff.cli.help.topics import topics

    return [name for name in (*topics(), MANUAL) if name.startswith(incomplete)]


@app.command("help")
def show_help(
    context: typer.Context,
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]",
            help="A topic or a command; 'man' prints the manual page.",
            autocompletion=complete_topic,
        ),
    ] = None,
) -> CommandResult:
    """Explain a topic, as presets, profiles, azure or scripts."""
    from batchff.cli.help.manual import manual_page
    from batchff.cli.help.topics import find_topic, topic_called, topics
    from batchff.results.help import Help, HelpTopic

    words = topic or []
    if not words:
        known = topics().values()
        rows = [(f"  {each.name}", each.title) for each in known]
        text = (
            "Topics, for: batchff help TOPIC\n\n"
            f"{columns(rows)}\n\nOf a command: batchff COMMAND --help"
        )
        return CommandResult(Help(tuple(HelpTopic(e.name, e.title) for e in known), ""), text=text)
    if words == [MANUAL]:
        page = manual_page(context.find_root())
        return CommandResult(Help((), page), text=page)
    found = topic_called(" ".join(words))
    if found is None and (command_help := _help_of(context, words)) is not None:
        return CommandResult(Help((), command_help), text=command_help)
    found = found or find_topic(" ".join(words))
    shown = HelpTopic(found.name, found.title)
    return CommandResult(Help((shown,), found.text), text=_for_terminal(found.text))


def _help_of(context: typer.Context, words: list[str]) -> str | None:
    """Return the help of the command that the words name; None where they name none."""
    from typer.core import TyperGroup

    found = context.find_root()
    for word in words:
        command = found.command
        inner = command.get_command(found, word) if isinstance(command, TyperGroup) else None
        if inner is None:
            return None
        found = type(found)(inner, info_name=word, parent=found)
    return found.get_help()


def _for_terminal(text: str) -> str:
    """Return a document drawn for the terminal, or as it is where there is none."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return text.rstrip()
    from batchff.console.markdown import render_markdown

    width = shutil.get_terminal_size().columns
    return render_markdown(text, width, colours="NO_COLOR" not in os.environ)
