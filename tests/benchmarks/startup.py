"""What starting costs: help beside a one-command program's, a list beside a bare script's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import Bar, Report, arguments, emulator, interleaved

ONE_COMMAND = '''
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    """Greet somebody."""
    print(name)


app()
'''

BARE_LIST = """
import os

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

credential = AzureNamedKeyCredential(
    os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]
)
for job in BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential).list_jobs():
    print(job.id, job.state)
"""


def main() -> None:
    given = arguments(__doc__, rounds=15)
    with emulator() as (_, connection), tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **connection.environment()}

        def runs(*words: str | Path) -> None:
            command = [sys.executable, *words]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

        one_command, bare_list = Path(folder, "one_command.py"), Path(folder, "bare_list.py")
        one_command.write_text(ONE_COMMAND)
        bare_list.write_text(BARE_LIST)
        medians = interleaved(
            {
                "one command --help": lambda: runs(one_command, "--help"),
                "batchff --help": lambda: runs("-m", "batchff", "--help"),
                "bare list of jobs": lambda: runs(bare_list),
                "batchff job list": lambda: runs("-m", "batchff", "job", "list"),
            },
            given.rounds,
        )
    report = Report("startup", medians=medians)
    helps = medians["batchff --help"] / medians["one command --help"]
    lists = medians["batchff job list"] / medians["bare list of jobs"]
    report.bars = [
        Bar("--help / one command's", helps, 1.5, "×"),
        Bar("job list / a bare script's", lists, 1.3, "×"),
    ]
    report.print(given.json)


if __name__ == "__main__":
    main()
