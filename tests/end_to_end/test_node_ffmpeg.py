"""The nodes' ffmpeg: sent to storage once, and put on nodes from there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.batch.models._models import BatchNodeRebootOptions

from batchff.cloud.storage import Storage
from batchff.ffmpeg.nodes_build import nodes_wheel, own_build
from batchff.ffmpeg.trial import bundled_ffmpeg
from tests.commands import CLIPS, Batchff
from tests.pipeline.node_ffmpeg.programs import have_none, index_of, take_for_own, wheel_of


def stand_in() -> bytes:
    """A small program that encodes as the real one does, and says that it did."""
    said = 'case "$*" in *-progress*) echo the ffmpeg that was sent, at "$0" >&2 ;; esac'
    return f'#!/bin/sh\n{said}\nexec {bundled_ffmpeg()} "$@"\n'.encode()


@pytest.fixture
def container(tmp_path: Path, account: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """A container of this test's own for the nodes' ffmpeg, which is the stand-in."""
    program = tmp_path / "ffmpeg"
    program.write_bytes(stand_in())
    take_for_own(program, monkeypatch)
    name = f"programs-{tmp_path.name.lower().replace('_', '-')[:40]}".rstrip("-")
    monkeypatch.setenv("BATCHFF_FFMPEG_CONTAINER", name)
    return name


def log_of(job: str, batchff: Batchff) -> list[str]:
    """What the only task of a job said."""
    watched = batchff("--json", "watch", job)
    (task,) = [event["task"] for event in watched.events if event["event"] == "task.succeeded"]
    return batchff("logs", job, task).out.splitlines()


def test_nodes_run_the_ffmpeg_that_was_sent_once(
    batchff: Batchff, one_clip: Path, container: str, storage: Storage
) -> None:
    bundled = ("submit", one_clip, "--ffmpeg", "bundled", "--keep-pool")
    first = batchff(*bundled, "--job", "first")
    second = batchff(*bundled, "--job", "second", "--again")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    sent = f"sending ffmpeg 9.9.9 for the nodes to container {container}, once"
    assert sent in first.err.splitlines()
    assert "ffmpeg" not in second.err
    (blob,) = storage.list_blobs(container)
    for job in ("first", "second"):
        log = log_of(job, batchff)
        assert log[0] == "encode.sh: ffmpeg 9.9.9 (bundled)"
        (ran,) = [line for line in log if line.startswith("the ffmpeg that was sent")]
        assert ran.endswith("/shared/bin/ffmpeg")
        shown = batchff("--json", "job", "show", job).result
        assert (shown["ffmpeg"], shown["ffmpeg_source"]) == ("9.9.9", "bundled")
    assert "ffmpeg       9.9.9, bundled with batchff\n" in batchff("job", "show", "first").out
    pool = batchff("--json", "job", "show", "first").result["pool"]
    assert "ffmpeg   9.9.9, bundled with batchff\n" in batchff("pool", "show", pool).out

    assert batchff("cleanup", "--pool", "--inputs", "--outputs", "--yes").code == 0
    assert [each.name for each in storage.list_blobs(container)] == [blob.name]


def test_a_node_that_was_rebooted_has_it_again(
    batchff: Batchff, service: BatchClient, one_clip: Path, container: str
) -> None:
    made = batchff("pool", "create", "rebooted", "--ffmpeg", "bundled", "--wait")
    assert made.code == 0, made.err
    (node,) = service.list_nodes("rebooted")
    reboot = BatchNodeRebootOptions(node_reboot_kind="requeue")
    service.begin_reboot_node("rebooted", node.id, reboot, polling_interval=0).result()

    ran = batchff("submit", one_clip, "--pool", "rebooted", "--job", "after")

    assert ran.code == 0, ran.err
    assert service.get_node("rebooted", node.id).last_boot_time != node.last_boot_time
    assert log_of("after", batchff)[0] == "encode.sh: ffmpeg 9.9.9 (bundled)"


def test_an_ffmpeg_that_somebody_put_in_its_place_is_not_run(
    batchff: Batchff, one_clip: Path, container: str, storage: Storage
) -> None:
    made = batchff("pool", "create", "before", "--ffmpeg", "bundled", "--wait")
    assert made.code == 0, made.err
    (blob,) = storage.list_blobs(container)
    storage.upload_bytes(container, blob.name, b"#!/bin/sh\ntouch ruined\n", {})

    ran = batchff("submit", one_clip, "--ffmpeg", "bundled", "--job", "swapped")

    assert ran.code == 1
    assert "sending" not in ran.err
    assert ran.err.splitlines()[-1].startswith(
        "error: pool 'swapped' can't run a task: the start task failed on node "
    )
    said = "The ffmpeg in storage is not the one that was sent: its SHA-256 is another one."
    assert said in ran.err.splitlines()[-1]


def test_a_machine_of_another_kind_fetches_it_first(
    batchff: Batchff, one_clip: Path, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, packed = wheel_of(stand_in())
    have_none(known, monkeypatch)
    page = f'<a href="/{known.file}">'.encode()
    answers = {"/imageio-ffmpeg/": ("text/html", page), f"/{known.file}": ("a/b", packed)}
    with index_of(answers) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        ran = batchff("submit", one_clip, "--ffmpeg", "bundled", "--job", "fetched")

    assert ran.code == 0, ran.err
    lines = ran.err.splitlines()
    fetched = f"fetching ffmpeg 9.9.9 for the nodes from {index.address}, once: "
    place = next(number for number, line in enumerate(lines) if line.startswith(fetched))
    assert lines[place + 1].startswith("sending ffmpeg 9.9.9 for the nodes to container ")
    assert log_of("fetched", batchff)[0] == "encode.sh: ffmpeg 9.9.9 (bundled)"


def test_where_it_cant_be_fetched_nodes_have_their_images(
    batchff: Batchff, one_clip: Path, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, _ = wheel_of()
    have_none(known, monkeypatch)
    with index_of({}) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        ran = batchff("submit", one_clip, "--ffmpeg", "bundled", "--job", "installed")

    assert ran.code == 0, ran.err
    assert (
        f"warning: {known.file} can't be fetched from {index.address}: it answers 404; so the "
        "nodes install ffmpeg by their image's package manager"
    ) in ran.err.splitlines()
    # The emulator skips what would install it, and its image has one.
    shown = batchff("--json", "job", "show", "installed").result
    assert shown["ffmpeg_source"] == "image"
    assert shown["ffmpeg"]


def test_a_pool_is_renewed_by_whatever_gives_it_work(
    batchff: Batchff, service: BatchClient, one_clip: Path, container: str
) -> None:
    def url() -> str:
        task = service.get_pool("kept").start_task
        assert task is not None and task.resource_files
        return task.resource_files[0].http_url or ""

    short = ("--queue-time", "1h", "--task-timeout", "1h")
    ran = batchff(
        *("submit", one_clip, "--ffmpeg", "bundled", "--pool", "kept", "--keep-pool"),
        *("--job", "short", *short),
    )
    assert ran.code == 0, ran.err
    seen = [url()]
    uploaded = batchff("upload", one_clip).out.strip()
    words = ("job", "submit", "--input", uploaded, "--pool", "kept", "--job", "long", "--again")
    assert batchff(*words, "--queue-time", "2d").code == 0
    seen.append(url())
    # The profile's limits are longer still.
    assert batchff("pool", "resize", "kept", "--nodes", "1").code == 0
    seen.append(url())

    assert len(set(seen)) == 3
    assert len({each.partition("?")[0] for each in seen}) == 1


def test_the_real_one_encodes_on_nodes(
    batchff: Batchff, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own_build() is None:
        pytest.skip("this machine isn't of the nodes' kind")
    monkeypatch.setenv("BATCHFF_FFMPEG_CONTAINER", "programs-real")
    shutil.copy(CLIPS / "city.mp4", "city.mp4")

    ran = batchff("submit", "city.mp4", "--ffmpeg", "bundled", "--job", "real")

    assert ran.code == 0, ran.err
    wheel = nodes_wheel()
    (blob,) = storage.list_blobs("programs-real")
    assert blob.name == f"ffmpeg-{wheel.ffmpeg_version}-linux-x86_64-{wheel.ffmpeg_sha256[:12]}.gz"
    assert blob.size < 70 * 1024**2
    assert log_of("real", batchff)[0] == f"encode.sh: ffmpeg {wheel.ffmpeg_version} (bundled)"
