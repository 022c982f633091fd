from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Warned
from batchff.events.ffmpeg import FfmpegSent
from batchff.model.pools import PoolStatus
from batchff.pipeline.node_ffmpeg.equip import Supply, equip, renew
from batchff.pipeline.node_ffmpeg.send import is_sent
from batchff.pipeline.pool.make import ensure_pool
from tests.foreign import make_pool
from tests.pipeline.node_ffmpeg.programs import PROGRAM, have_none, take_for_own, wheel_of
from tests.pipeline.planned import SPEC
from tests.pipeline.recorder import Recorder

BUNDLED = replace(SPEC, ffmpeg="bundled", ffmpeg_version="9.9.9")
IDENTITY = "/subscriptions/x/identities/encoder"
JOB = timedelta(days=5)


@pytest.fixture(autouse=True)
def sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The checksum of the program that stands for the bundled one."""
    program = tmp_path / "ffmpeg"
    program.write_bytes(PROGRAM)
    return take_for_own(program, monkeypatch)


@pytest.fixture
def supply(storage: Storage, tmp_path: Path) -> Supply:
    name = tmp_path.name.replace("_", "-").strip("-").lower()[:40]
    return Supply(storage, f"programs-{name}".replace("--", "-"), JOB)


def sas_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_nodes_fetch_one_blob_that_they_may_only_read_and_know_its_checksum(
    supply: Supply, sha256: str
) -> None:
    before = datetime.now(UTC)
    given = equip(BUNDLED, supply, Recorder())

    assert given.spec == replace(BUNDLED, ffmpeg_sha256=sha256)
    assert given.start_task is not None
    assert sha256 in given.start_task.command_line
    assert "echo ffmpeg version 9.9.9" in given.start_task.command_line
    assert "sig=" not in given.start_task.command_line
    (file,) = given.start_task.resource_files
    assert urlsplit(file.url).path.endswith(
        f"/{supply.container}/ffmpeg-9.9.9-linux-x86_64-{sha256[:12]}.gz"
    )
    sas = sas_of(file.url)
    assert (sas["sp"], sas["sr"]) == (["r"], ["b"])
    assert given.until is not None
    assert sas["se"] == [given.until.strftime("%Y-%m-%dT%H:%M:%SZ")]
    hour = timedelta(hours=1)
    assert (
        before + JOB + hour - timedelta(seconds=1) <= given.until <= datetime.now(UTC) + JOB + hour
    )


def test_nodes_with_an_identity_need_no_sas(supply: Supply) -> None:
    given = equip(replace(BUNDLED, identity=IDENTITY), supply, Recorder())

    assert given.until is None
    assert given.start_task is not None
    (file,) = given.start_task.resource_files
    assert (urlsplit(file.url).query, file.identity) == ("", IDENTITY)


@pytest.mark.parametrize("source", ["image", "apt"])
def test_what_the_image_has_or_gets_needs_no_storage(source: str) -> None:
    spec = replace(SPEC, ffmpeg=source)
    given = equip(spec, None, Recorder())
    assert (given.spec, given.until) == (spec, None)
    assert given.start_task is not None and not given.start_task.resource_files


def test_where_there_is_none_nodes_install_their_images(
    supply: Supply, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, _ = wheel_of()
    have_none(known, monkeypatch)
    monkeypatch.setattr("batchff.pipeline.node_ffmpeg.wheel._ATTEMPTS", 1)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    recorder = Recorder()

    given = equip(BUNDLED, supply, recorder)

    assert given.spec == replace(SPEC, ffmpeg="apt")
    assert given.start_task is not None and given.start_task.admin
    (warned,) = recorder.of(Warned)
    assert warned.message == (
        f"{known.file} can't be fetched from http://127.0.0.1:1: ConnectionError; so the nodes "
        "install ffmpeg by their image's package manager"
    )


Find = Callable[[str], PoolStatus]


@pytest.fixture
def find(batch: Batch) -> Find:
    def find(name: str) -> PoolStatus:
        status = batch.pools.get(name)
        assert status is not None
        return status

    return find


def url_of(pool: str, service: BatchClient) -> str:
    task = service.get_pool(pool).start_task
    assert task is not None and task.resource_files
    return task.resource_files[0].http_url or ""


def test_a_sas_that_lasts_is_kept_and_one_that_doesnt_is_renewed(
    supply: Supply, batch: Batch, service: BatchClient, find: Find
) -> None:
    ensure_pool("renewed", BUNDLED, batch, Recorder(), supply=supply)
    made = find("renewed")
    assert made.batchff is not None and made.batchff.ffmpeg_until is not None
    first = url_of("renewed", service)

    assert renew(made, batch, supply, Recorder()) == made.batchff
    assert url_of("renewed", service) == first

    longer = replace(supply, needed=JOB + timedelta(days=2))
    facts = renew(made, batch, longer, Recorder())
    changed = find("renewed")
    assert facts is not None and facts == changed.batchff
    assert facts.ffmpeg_until is not None
    assert facts.ffmpeg_until - made.batchff.ffmpeg_until >= timedelta(days=2)
    second = url_of("renewed", service)
    assert sas_of(second)["se"] != sas_of(first)["se"]
    assert urlsplit(second).path == urlsplit(first).path
    assert service.get_pool("renewed").start_task.command_line == (  # type: ignore[union-attr]
        equip(BUNDLED, supply, Recorder()).start_task.command_line  # type: ignore[union-attr]
    )
    assert facts.spec == made.batchff.spec


def test_giving_a_pool_work_renews_it_and_keeps_that_in_mind(
    supply: Supply, batch: Batch, find: Find
) -> None:
    ensure_pool("worked", BUNDLED, batch, Recorder(), supply=supply)
    longer = replace(supply, needed=JOB + timedelta(days=2))
    spec = replace(BUNDLED, nodes=2)

    ensure_pool("worked", spec, batch, Recorder(), supply=longer)

    facts = find("worked").batchff
    assert facts is not None and facts.spec is not None and facts.ffmpeg_until is not None
    assert facts.spec.nodes == 2
    assert facts.ffmpeg_until > datetime.now(UTC) + JOB + timedelta(days=1)


def test_a_blob_that_is_gone_is_sent_again(
    supply: Supply, storage: Storage, batch: Batch, find: Find, sha256: str
) -> None:
    ensure_pool("resent", BUNDLED, batch, Recorder(), supply=supply)
    blob = f"ffmpeg-9.9.9-linux-x86_64-{sha256[:12]}.gz"
    storage.delete_blob(supply.container, blob)
    recorder = Recorder()

    renew(find("resent"), batch, supply, recorder)

    assert is_sent(blob, supply.container, storage)
    assert len(recorder.of(FfmpegSent)) == 1


def test_an_older_ffmpeg_that_is_gone_is_told_and_not_replaced(
    supply: Supply,
    storage: Storage,
    batch: Batch,
    find: Find,
    sha256: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ensure_pool("older", BUNDLED, batch, Recorder(), supply=supply)
    storage.delete_blob(supply.container, f"ffmpeg-9.9.9-linux-x86_64-{sha256[:12]}.gz")
    newer = tmp_path / "newer"
    newer.write_bytes(PROGRAM + b"# newer\n")
    take_for_own(newer, monkeypatch, "10.0")
    recorder = Recorder()

    renew(find("older"), batch, supply, recorder)

    (warned,) = recorder.of(Warned)
    assert warned.message == (
        f"the ffmpeg 9.9.9 of pool older is gone from container {supply.container}, and this "
        "batchff has version 10.0: new nodes can't start; make another pool"
    )
    assert not list(storage.list_blobs(supply.container))


def test_other_pools_are_left_as_they_are(
    supply: Supply, storage: Storage, service: BatchClient, batch: Batch, find: Find
) -> None:
    make_pool(service, "somebodys", nodes=0)
    ensure_pool("installs", SPEC, batch, Recorder(), supply=supply)
    for pool in (find("somebodys"), find("installs")):
        assert renew(pool, batch, supply, Recorder()) == pool.batchff
    ensure_pool("ours", BUNDLED, batch, Recorder(), supply=supply)
    assert renew(find("ours"), batch, None, Recorder()) == find("ours").batchff


class Delegating(Storage):
    """A storage account whose SAS last for days only."""

    def __init__(self, storage: Storage) -> None:
        self.__dict__.update(storage.__dict__)

    @property
    def longest_sas(self) -> timedelta | None:
        return timedelta(days=6)


def test_a_sas_ends_when_it_must(storage: Storage) -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    kept = Supply(Delegating(storage), "programs", timedelta(days=30))
    assert kept.expiry(now) == now + timedelta(days=6)
    assert replace(kept, needed=JOB).expiry(now) == now + JOB + timedelta(hours=1)
