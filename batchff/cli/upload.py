"""`batchff upload`: sends files to the input container."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_input_set
from batchff.cli.invocation import invocation_of
from batchff.cli.options.shared import Exclude, Include, Paths, globs, warn_of_unmatched
from batchff.console.reporter import CommandResult
from batchff.errors import ExitCode

app = App()


@app.command()
def upload(
    context: typer.Context,
    paths: Paths,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="The input set.  [default: one for these paths]",
            autocompletion=complete_input_set,
        ),
    ] = None,
    include: Include = None,
    exclude: Exclude = None,
) -> CommandResult:
    """Upload files as an input set.

    Skips files that exist there unchanged. Inspects each file meanwhile, and warns of those that
    are cut off or no media; it uploads them all the same. Stores the inspections with the files.
    """
    from batchff.events import Warned
    from batchff.events.jobs import FileNotEncoded
    from batchff.events.upload import Planned
    from batchff.pipeline.cloud_media.address import refuse_address
    from batchff.pipeline.inspect.meanwhile import look_meanwhile
    from batchff.pipeline.inspect.stored import send_inspections
    from batchff.pipeline.names import checked_id, input_set_name
    from batchff.pipeline.selection import Selection
    from batchff.pipeline.sources import expanded, find_media
    from batchff.pipeline.transfer import upload as stage
    from batchff.results.upload import Upload

    for path in paths:
        refuse_address(path, "upload", "media in storage needs no upload: give it to submit")
    paths = expanded(map(str, paths))
    invocation = invocation_of(context)
    input_set = checked_id(to, "--to") if to else input_set_name(paths)
    container = invocation.require("input_container")
    invocation.check_accounts("storage")
    found = find_media(paths, Selection(globs(include), globs(exclude)))
    warn_of_unmatched(found, invocation.console)
    for bad in found.bad:
        invocation.console.report(FileNotEncoded(bad.relative, bad.reason))
    invocation.console.report(Planned(len(found.sources), found.bytes, dict(found.left_out)))
    storage = invocation.storage
    with look_meanwhile(found.sources) as looking:
        uploaded = stage.upload(
            found.sources,
            input_set=input_set,
            container=container,
            storage=storage,
            reporter=invocation.console,
        )
        count = sum(1 for _ in uploaded)
        looked = looking.result()
    send_inspections(looked.content, input_set, container, storage)
    for file, problem in looked.problems:
        invocation.console.report(Warned(f"{file}: {problem}"))
    return CommandResult(
        Upload(input_set=input_set, container=container, files=count, bytes=found.bytes),
        text=input_set,
        exit_code=ExitCode.TASKS_FAILED if found.bad else ExitCode.DONE,
    )
