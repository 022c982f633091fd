"""Jobs on a dedicated node, from a folder to nothing left; in this order, on one pool."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batchff.ffmpeg.nodes_build import nodes_version
from tests.commands import CLIPS
from tests.live.account import LiveAccount, live_suite
from tests.media import audio_codec, decoded_seconds

pytestmark = live_suite


def test_a_node_comes_with_ffmpeg(live: LiveAccount, pool: str) -> None:
    shown = live.result("pool", "show", pool)
    assert shown["node_states"] == {"idle": 1}
    assert shown["resize_errors"] == []
    assert pool in live.batchff("pool", "list").out


def test_clips_become_mp3s(live: LiveAccount, pool: str, clips: Path) -> None:
    job = live.name("clips")
    submit = ("submit", clips, "--preset", "mp3", "--job", job, "--pool", pool, "--yes")
    left = live.batchff(*submit, "--detach")
    assert (left.code, left.out) == (0, f"{job}\n"), left
    watched = live.batchff("watch", job, "--timeout", "30m", minutes=35)
    assert watched.out == f"job {job}: 3 encoded\n", watched
    assert live.batchff("download", job, "--to", "mp3s").code == 0
    outputs = sorted(path for path in (live.folder / "mp3s").rglob("*") if path.is_file())
    assert [path.suffix for path in outputs] == [".mp3"] * 3
    for output in outputs:
        assert audio_codec(output) == "mp3"
        assert decoded_seconds(output) > 0
    assert live.batchff(*submit, "--out", "mp3s").code == 0, "it was done before"
    assert live.result("download", job, "--to", "mp3s")["unchanged"] == 3
    shown = live.result("job", "show", job)
    assert shown["state"] == "completed", "it ends by itself"
    assert shown["node_seconds"]["dedicated"] > 0
    assert (shown["ffmpeg"], shown["ffmpeg_source"]) == (nodes_version(), "bundled")


def test_what_failed_is_encoded_again(live: LiveAccount, pool: str) -> None:
    job, folder = live.name("mended"), live.folder / "mended"
    folder.mkdir()
    shutil.copy(CLIPS / "city.mp4", folder)
    (folder / "late.mp4").write_text("This will be a video.\n")
    first = live.result("submit", "mended", "--job", job, "--pool", pool, "--yes", code=3)
    assert (first["succeeded"], first["failed"]) == (1, 1)
    assert "late.mp4" in live.batchff("logs", job).out

    shutil.copy(CLIPS / "city.mp4", folder / "late.mp4")
    assert live.batchff("upload", "mended", "--to", first["input_set"]).code == 0
    again = live.result("job", "retry", job, "--pool", pool, "--yes")
    assert again["files"] == ["late.mp4"]
    for retried in again["jobs"]:
        assert live.batchff("watch", retried, "--timeout", "30m", minutes=35).code == 0
    assert live.batchff("download", job, "--to", "mended-home").code == 0
    home = live.folder / "mended-home"
    assert sorted(path.name for path in home.iterdir()) == ["city.mp3", "late.mp3"]
    assert decoded_seconds(home / "late.mp3") > 0


def test_a_job_is_stopped(live: LiveAccount, pool: str) -> None:
    job, folder = live.name("stopped"), live.folder / "stopped"
    folder.mkdir()
    shutil.copy(CLIPS / "city.mp4", folder)
    in_real_time = ("--suffix", ".mp3", "--", "-re", "-stream_loop", "-1", "-i", "{input}")
    options = ("--job", job, "--pool", pool, "--yes", "--detach", "--task-timeout", "30m")
    left = live.batchff("submit", "stopped", *options, *in_real_time, "-t", "1200")
    assert left.code == 0, left
    live.eventually(lambda: live.result("job", "show", job)["tasks"]["running"], minutes=20)

    assert live.result("job", "stop", job, "--yes")["stopped"]

    assert live.batchff("watch", job, "--timeout", "10m").code == 3
    assert live.result("job", "show", job)["tasks"]["succeeded"] == 0


def test_a_pool_takes_another_number_of_nodes(live: LiveAccount, pool: str) -> None:
    resized = live.result("pool", "resize", pool, "--nodes", "1", "--max-nodes", "2")
    assert resized == {"pool": pool, "nodes": 1, "spot": 0}
    assert live.result("pool", "show", pool)["specification"]["max_nodes"] == 2


def test_a_pool_goes_to_no_nodes_by_itself(live: LiveAccount, pool: str) -> None:
    if live.is_emulator:
        pytest.skip("it takes 20 minutes; the emulator's tests have a faster clock")
    live.eventually(
        lambda: (
            (shown := live.result("pool", "show", pool))["nodes"] == 0
            and shown["allocation_state"] == "steady"
        ),
        minutes=45,
    )


def test_cleanup_leads_back_to_nothing(live: LiveAccount, pool: str) -> None:
    for what in ("clips", "mended", "stopped"):
        words = ("cleanup", live.name(what), "--inputs", "--outputs", "--pool", "--yes")
        removed = live.batchff(*words)
        assert removed.code == 0, removed
    live.eventually(
        lambda: all(row.split(" ")[0] not in ("job", "pool") for row in live.own()), minutes=30
    )
    assert live.batchff("pool", "show", pool).code == 1, "it's gone"
