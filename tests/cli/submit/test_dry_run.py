from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import BlobServiceClient

from batchff.emulator.launch import Connection, default_root, find
from tests.commands import Batchff, Ran
from tests.silence import silence
from tests.undecodable import undecodable


@pytest.fixture
def prices(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BATCHFF_PRICES_STANDARD_D4S_V5", "0.25")
    monkeypatch.setenv("BATCHFF_PRICES_CURRENCY", "EUR")
    return monkeypatch


def submit_dry(batchff: Batchff, *words: str | Path) -> Ran:
    ran = batchff("--json", "submit", *words, "--dry-run")
    assert ran.code == 0, ran
    return ran


def test_a_dry_run_tells_what_a_submit_would_do_and_does_nothing(
    batchff: Batchff,
    clips: Path,
    account: Connection,
    service: BatchClient,
    prices: pytest.MonkeyPatch,
) -> None:
    shown = batchff("submit", clips, "--job", "dry", "--nodes", "4", "--dry-run")

    assert shown.code == 0
    assert shown.err == "3 files inspected\nencoding pieces here, for 10 s at most\n"
    rows = dict(line.split(maxsplit=1) for line in shown.out.splitlines())
    assert rows["files"].startswith("3, ")
    assert rows["files"].endswith("; left out: 1 not media")
    assert rows["upload"].startswith("3 files, ")
    assert rows["job"] == "dry (new): 3 tasks"
    assert rows["pool"] == (
        "dry (new): Standard_D4s_v5, 4 dedicated nodes, 2 tasks on each at a time"
    )
    assert rows["estimate"].endswith("by 3 pieces of 3 files, encoded here")
    # The nodes are this machine's, and there at once.
    assert rows["time"] == "about 2s of encoding; under 0.01 h of nodes"
    likely, most = rows["cost"].split("; ", 1)
    assert likely == "likely under 0.01 EUR"
    assert most.startswith("at most 48.25 EUR: 1.00 EUR an hour with all nodes, for 2d 15m")
    assert rows["nothing"] == "was sent or made"
    assert "dry" not in {job.id for job in service.list_jobs()}
    assert "dry" not in {pool.id for pool in service.list_pools()}
    containers = BlobServiceClient.from_connection_string(account.storage_connection_string)
    assert not containers.get_container_client(os.environ["BATCHFF_INPUT_CONTAINER"]).exists()
    assert not Path("batchff-output").exists()


def test_an_estimate_is_told_before_anything_is_sent(
    batchff: Batchff, clips: Path, service: BatchClient, prices: pytest.MonkeyPatch
) -> None:
    ran = batchff("--json", "submit", clips, "--job", "guess", "--preset", "h264", "--estimate")

    assert ran.code == 0, ran
    found = ran.result["estimate"]
    assert (found["files"], found["tried"], found["reason"]) == (3, 3, "")
    for name in ("bytes", "cpu_seconds", "seconds", "node_hours", "amount"):
        assert 0 < found[name]["low"] <= found[name]["likely"] <= found[name]["high"]
    assert found["is_measured"]  # its nodes are this machine's
    assert not ran.result["submitted"]
    assert "guess" not in {job.id for job in service.list_jobs()}


def test_without_a_try_nothing_is_encoded_here(
    batchff: Batchff, clips: Path, prices: pytest.MonkeyPatch
) -> None:
    assert submit_dry(batchff, clips, "--no-try").result["estimate"] is None


def test_what_stands_is_told(batchff: Batchff, one_clip: Path, prices: pytest.MonkeyPatch) -> None:
    batchff("submit", one_clip, "--job", "stood", "--keep-pool")

    done = submit_dry(batchff, one_clip, "--job", "stood").result
    assert (done["job_state"], done["tasks_standing"]) == ("completed", 1)
    assert (done["upload"]["files"], done["cost"]["most"]) == (0, 0)
    os.utime(one_clip / "short.wav")  # its content is what was sent
    (one_clip / "new.wav").write_bytes(silence(0.2))
    more = submit_dry(batchff, one_clip, "--job", "more", "--keep-pool").result
    size = (one_clip / "new.wav").stat().st_size
    assert (more["job_state"], more["tasks"], more["tasks_standing"]) == ("", 1, 0)
    assert (more["done_before"], more["reasons"]) == (1, {"new": 1})
    assert more["upload"] == {"files": 1, "bytes": size}
    everything = submit_dry(batchff, one_clip, "--job", "more", "--keep-pool", "--again").result
    assert (everything["tasks"], everything["reasons"]) == (2, {"asked for": 2})
    assert more["pool"]["state"] == "active"


def test_where_a_price_is_missing_it_says_how_to_add_it(batchff: Batchff, clips: Path) -> None:
    shown = batchff("submit", clips, "--nodes", "1", "--spot", "2", "--dry-run").out
    assert (
        "not known: set BATCHFF_PRICES_STANDARD_D4S_V5 and BATCHFF_SPOT_PRICES_STANDARD_D4S_V5"
        in shown
    )


def test_a_taken_name_is_told_as_a_submit_would(
    batchff: Batchff, clips: Path, service: BatchClient
) -> None:
    service.create_job(
        models.BatchJobCreateOptions(id="taken", pool_info=models.BatchPoolInfo(pool_id="p"))
    )
    ran = batchff("submit", clips, "--job", "taken", "--pool", "mine", "--dry-run")
    assert ran.code == 1
    assert "there is another job 'taken'" in ran.err


def test_without_an_account_no_emulator_is_started(run: Batchff, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(undecodable())
    ran = run("submit", tmp_path / "a.mp4", "--dry-run")
    assert ran.code == 0
    assert ran.err.startswith("1 file inspected\nwarning: a.mp4: ffmpeg fails: ")
    assert ran.err.endswith("; other files may be fine\n")
    assert "cost     none: it runs on this machine\n" in ran.out
    assert find(default_root()) is None


@contextmanager
def answering(answer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal as stdin and stderr, on which somebody has typed an answer."""
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    with (
        open(terminal) as stdin,
        open(os.dup(terminal), "w") as stderr,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdin", stdin)
        patch.setattr(sys, "stderr", stderr)
        yield
    os.close(keyboard)


def test_a_submit_that_could_cost_more_than_the_user_said_needs_a_yes(
    batchff: Batchff, one_clip: Path, service: BatchClient, prices: pytest.MonkeyPatch
) -> None:
    prices.setenv("BATCHFF_PRICES_ASK_ABOVE", "20")
    submit = ("submit", one_clip, "--job", "dear", "--nodes", "2", "--detach")

    refused = batchff(*submit)
    assert refused.code == 2
    assert "this could cost more than 20.00 EUR, and there is no terminal" in refused.err
    assert "--yes" in refused.err
    with answering("n", prices):
        declined = batchff(*submit)
    assert (declined.code, declined.out.strip()) == (0, "nothing was submitted")
    assert "dear" not in {job.id for job in service.list_jobs()}

    with answering("y", prices):
        assert batchff(*submit).out.strip() == "dear"
    assert "dear" in {job.id for job in service.list_jobs()}
    assert batchff(*submit, "--yes").out == "dear\n"
    prices.setenv("BATCHFF_PRICES_ASK_ABOVE", "1000")
    assert batchff(*submit).out == "dear\n"


def test_a_dry_run_says_where_media_is_and_where_outputs_will_be(
    batchff: Batchff, one_clip: Path, account: Connection
) -> None:
    name = f"media-{uuid4().hex}"
    blobs = BlobServiceClient.from_connection_string(account.storage_connection_string)
    blobs.create_container(name).upload_blob("in/short.wav", silence())

    rows = dict(
        line.split(maxsplit=1)
        for line in batchff(
            "submit", f"az://{name}/in", "--to", "az://results/x", "--dry-run"
        ).out.splitlines()
    )
    assert rows["upload"] == f"nothing: 1 file at az://{name}/in"
    assert rows["outputs"] == "written to az://results/x"
    data = submit_dry(batchff, f"az://{name}/in", "--to", "az://results/x").result
    assert (data["source"], data["outputs_at"]) == (f"az://{name}/in", "az://results/x")
    assert (data["downloads"], data["upload"]) == (False, {"files": 0, "bytes": 0})
    assert not blobs.get_container_client("results").exists()

    out = os.environ["BATCHFF_OUTPUT_CONTAINER"]
    shown = batchff("submit", one_clip, "--job", "dry", "--no-download", "--dry-run").out
    assert f"outputs  they stay at az://{out}/dry/media" in shown.splitlines()
    shown = batchff("submit", one_clip, "--job", "dry", "--dry-run").out
    assert "outputs" not in shown
