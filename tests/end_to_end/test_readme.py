"""Each block of commands in the README is run: by `.ci/run`, or here on an emulator.

Above each block is a comment with its name. `.ci/run` runs those that install something.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from tests.commands import CLIPS, Batchff
from tests.emulator.running import wait_until
from tests.test_docs import README, ROOT
from tests.undecodable import undecodable

ON_AZURE = "on Azure"
EVERY_DAY = "every day"
RUN_HERE = {ON_AZURE, EVERY_DAY}

# Nobody is there to answer: these commands ask.
ASKS = {"init", "cleanup", "job"}


def blocks() -> list[tuple[str, str, str]]:
    """The blocks in the README: the name in the comment above, the language, the content."""
    found = re.findall(
        r"^(?:<!-- ([^\n]+) -->\n)?```(\w*)\n(.*?)^```$",
        README.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return [(name, language, content) for name, language, content in found]


def commands(name: str) -> list[list[str]]:
    """The words of each command of batchff in a block, without the program's name."""
    (content,) = (content for named, _, content in blocks() if named == name)
    lines = [shlex.split(line, comments=True) for line in content.splitlines()]
    assert {words[0] for words in lines} == {"batchff"}
    return [words[1:] for words in lines]


def run_by_ci() -> list[str]:
    return re.findall(r"readme '([^']+)'", (ROOT / ".ci" / "run").read_text("utf-8"))


def test_somebody_runs_each_block() -> None:
    named = [name for name, language, _ in blocks() if language]
    assert len(named) > 4
    assert all(named), "a block without a name"
    assert set(named) == set(run_by_ci()) | RUN_HERE
    assert len(set(named)) == len(named)


def test_blocks_are_commands_or_what_they_print() -> None:
    """`test_samples.py` holds those without a language to what batchff prints."""
    assert {language for _, language, _ in blocks()} == {"sh", ""}


@pytest.fixture
def videos(own_emulator: None) -> Path:
    """A folder with a clip, and one that can't be decoded."""
    folder = Path("videos")
    folder.mkdir()
    shutil.copy(CLIPS / "city.mp4", folder)
    (folder / "notes.mp4").write_bytes(undecodable())
    return folder


def test_the_commands_for_every_day(run: Batchff, videos: Path) -> None:
    storage = BlobServiceClient.from_connection_string(
        os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    )
    media = storage.create_container("media")
    for file in videos.iterdir():
        media.upload_blob(f"in/{file.name}", file.read_bytes())

    codes, job = {}, ""
    for words in commands(EVERY_DAY):
        ran = run(*(job if word == "JOB" else word for word in words), *yes(words))
        assert ran.code in (0, 3), (words, ran.err)
        codes[" ".join(words[:2])] = ran.code
        if words[0] == "submit":
            job = run("--json", "job", "list").result["jobs"][0]["job"]
        if "--to" in words:
            results = storage.get_container_client("results")
            assert {blob.name for blob in results.list_blobs()} == {"x/city.mp3"}

    # For the file that can't be decoded.
    assert codes["inspect ./videos"] == codes["submit ./videos"] == codes["watch JOB"] == 3
    assert codes["logs JOB"] == codes["report JOB"] == codes["cleanup JOB"] == 0
    made = {path.as_posix() for path in Path("encoded").rglob("city.*")}
    assert made == {"encoded/city.mp4", "encoded/city.wav"}
    assert Path("job.html").stat().st_size > 1000
    assert not list(results.list_blobs())  # removed at last


def test_the_commands_for_azure(run: Batchff, videos: Path) -> None:
    """An emulator stands in for the account, and the environment has its settings."""
    (videos / "notes.mp4").unlink()

    for words in commands(ON_AZURE):
        ran = run(*words, *yes(words))
        assert ran.code == 0, ran.err

    assert run("profile", "list").out.count("studio") == 1
    assert list(Path("batchff-output").rglob("city.mp4"))
    # Its pool is seen to be deleted for a moment.
    wait_until(lambda: run("cleanup", "--all", "--dry-run").out.strip() == "nothing to remove")


def yes(words: list[str]) -> list[str]:
    return ["--yes"] if words[0] in ASKS else []
