"""What the documents show as output is what batchff prints, but for ids, numbers and times."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient

from batchff.console.lines import describe
from batchff.emulator import launch
from batchff.errors import UsageError
from batchff.events import Event
from batchff.events.jobs import CountsChanged
from batchff.events.pools import NodesCounted
from batchff.pipeline.pool.gpu import refuse_without_gpu
from tests.cloud.management.arm import Arm
from tests.commands import CLIPS, Batchff, Ran
from tests.emulator.running import wait_until
from tests.recipes import preset_recipe
from tests.test_docs import DOCUMENTS, README, ROOT
from tests.undecodable import undecodable

EMULATOR = ROOT / "batchff" / "emulator" / "README.md"
AZURE = ROOT / ".github" / "docs" / "azure.md"
PROFILES = ROOT / ".github" / "docs" / "profiles.md"
JOBS = ROOT / ".github" / "docs" / "jobs.md"
SCRIPTS = ROOT / ".github" / "docs" / "scripts.md"

FIRST = "3 files inspected"
BAD_FILE = "failed: notes.mp4"
SHOWN = "$ batchff job show tour"
UPLOADED = "$ batchff --json upload tests/clips"
STARTED = "emulator started: Batch at http:"
STARTED_OVER_TLS = "emulator started: Batch at https:"
SIMULATED = "$ batchff emulator start --simulate"
AZ = "$ az batch pool create"  # `.ci/run` runs such commands of az
NO_QUOTA = "failure  quota: cores"
ESTIMATED = "$ batchff profile set studio prices.currency=EUR"
LEFT = "$ batchff pool list"
NO_GPU = "$ batchff submit ./videos --preset h264-nvenc"
PRICED = "$ batchff submit clips --job tour2"

SAMPLES = {
    README: [FIRST],
    JOBS: [BAD_FILE, SHOWN],
    SCRIPTS: [UPLOADED],
    EMULATOR: [STARTED, AZ, STARTED_OVER_TLS, SIMULATED],
    AZURE: [NO_QUOTA, ESTIMATED, LEFT, NO_GPU],
    PROFILES: [PRICED],
}

_VARYING = (
    (r"(?<=-mp3-)[a-z2-7]{8}\b", "HASH"),
    (r"https?://127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\d{4}-\d\d-\d\d[T ][\d:.]+Z", "TIME"),
    (r"\b[0-9a-f]{8,}\b", "ID"),
    (r"\b(\d+[dhms] )*\d+[dhms]\b", "DURATION"),
    (r"\d+(\.\d+)?", "NUMBER"),
)
_GAP = "…"


def samples_in(document: Path) -> list[str]:
    """The blocks of a document that have no language: they show what a command prints."""
    blocks = re.findall(
        r"^```(\w*)\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return [content for language, content in blocks if not language]


def sample(document: Path, beginning: str) -> list[str]:
    (found,) = (each for each in samples_in(document) if each.startswith(beginning))
    return found.splitlines()


def steps(lines: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Each command of a sample, without its program, and the lines that follow it."""
    for step in re.split(r"^\$ ", "\n".join(lines), flags=re.MULTILINE)[1:]:
        command, *printed = step.splitlines()
        yield shlex.split(command)[1:], printed


def wording(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, word in _VARYING:
        line = re.sub(pattern, word, line)
    return line.rstrip()


def not_said(shown: list[str], ran: str | Ran, *perhaps: Event) -> list[str]:
    """The lines of a sample that a command didn't print, nor prints for an event that may come."""
    text = ran if isinstance(ran, str) else ran.err + ran.out
    lines = [*text.splitlines(), *(line[1] for event in perhaps if (line := describe(event)))]
    said = {wording(line) for line in lines}
    return [
        line
        for line in shown
        if line != _GAP
        if wording(line) not in said
        if not (line.endswith(_GAP) and any(each.startswith(wording(line)[:-1]) for each in said))
    ]


@pytest.fixture
def _local_emulators_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    for root in (launch.default_root(), launch.default_simulation_root()):
        launch.stop(root)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_test_here_knows_each_sample(document: Path) -> None:
    known = SAMPLES.get(document, [])
    for block in samples_in(document):
        assert sum(block.startswith(beginning) for beginning in known) == 1, block


def test_words_that_nothing_prints_are_found() -> None:
    assert (
        not_said(["job a-1b2c3d4e made", "…", "2 files …"], "job a-deadbeef made\n3 files sent")
        == []
    )
    assert not_said(["pool tour (gone)"], "pool tour (deleted)") == ["pool tour (gone)"]


@pytest.mark.usefixtures("_local_emulators_stop")
def test_the_first_command(run: Batchff) -> None:
    shutil.copytree(CLIPS, "tests/clips")

    ran = run("submit", "tests/clips")

    assert ran.code == 0
    counts = CountsChanged("job", 3, 0, 0, 0, files=3)  # how many wait depends on the moment
    nodes = NodesCounted("pool", {"running": 1})
    assert not not_said(sample(README, FIRST), ran, counts, nodes)


def test_a_job_with_a_bad_file(batchff: Batchff, clips: Path, service: BatchClient) -> None:
    (clips / "notes.mp4").write_bytes(undecodable())

    ran = batchff("submit", clips, "--job", "tour")
    wait_until(lambda: not list(service.list_pools()))
    shown = batchff("job", "show", "tour")

    assert ran.code == 3
    ffmpegs = " " * 4  # what ffmpeg says differs from version to version
    batchffs = [line for line in sample(JOBS, BAD_FILE) if not line.startswith(ffmpegs)]
    assert not not_said(batchffs, ran)
    ((words, printed),) = steps(sample(JOBS, SHOWN))
    assert words == ["job", "show", "tour"]
    assert list(map(wording, shown.out.splitlines())) == list(map(wording, printed))


def test_an_upload_as_json(batchff: Batchff, clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFF_INPUT_CONTAINER")
    ((words, printed),) = steps(sample(SCRIPTS, UPLOADED))
    shutil.copytree(clips, words[-1])
    batchff(*words)

    assert not not_said(printed, batchff(*words))


@pytest.mark.usefixtures("own_emulator")
def test_money(run: Batchff) -> None:
    for folder in ("videos", "clips"):
        shutil.copytree(CLIPS, folder)
    estimate = list(steps(sample(AZURE, ESTIMATED)))
    prices = list(steps(sample(PROFILES, PRICED)))
    left = list(steps(sample(AZURE, LEFT)))
    assert [words[0] for words, _ in estimate] == ["profile", "submit"]

    assert run(*estimate[0][0]).code == 0
    assert not not_said(estimate[1][1], run(*estimate[1][0]))
    assert run("profile", "set", "studio", "spot_prices.Standard_D4s_v5=0.05").code == 0
    assert not not_said(prices[0][1], run(*prices[0][0]))
    submitted = run("submit", "./videos", "--spot", "2", "--detach", "--yes")
    assert run("watch", submitted.out.strip()).code == 0
    for words, printed in (*left, prices[1]):
        assert not not_said(printed, run(*words))


@pytest.mark.usefixtures("_local_emulators_stop")
def test_a_simulation(run: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CLIPS, "tests/clips")
    (start, started), _, (submit, submitted) = steps(sample(EMULATOR, SIMULATED))

    ran = run(*start)
    said = ran.out.replace(str(tmp_path / "home"), "/home/me")
    assert not not_said(started, said)
    assert not not_said(sample(EMULATOR, STARTED), said)
    assert not not_said(sample(EMULATOR, STARTED_OVER_TLS), said)
    root = str(launch.default_simulation_root())
    for name, value in json.loads(run("emulator", "env", "--root", root, "--json").out).items():
        monkeypatch.setenv(name, value)
    assert not not_said(submitted, run(*submit))


def test_a_quota_of_nothing(managed: Arm, batchff: Batchff) -> None:
    ran = batchff("doctor", "--vm-size", "Standard_F8s_v2")
    assert not not_said(sample(AZURE, NO_QUOTA), ran.out.replace("standardFSv2", "standardDSv5"))


def test_a_size_without_a_gpu() -> None:
    """The emulator's nodes are this machine, whatever their size: so it's asked directly."""
    ((_, shown),) = steps(sample(AZURE, NO_GPU))
    with pytest.raises(UsageError) as raised:
        refuse_without_gpu((preset_recipe("h264-nvenc"),), "Standard_D4s_v5")
    assert shown == [f"error: {raised.value.message} ({raised.value.hint})"]
