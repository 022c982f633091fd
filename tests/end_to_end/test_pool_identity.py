"""Blobs that nodes reach by their pool's identity: no task needs a SAS.

The emulator has no management plane, so all its pools have the identities it was started with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.emulator.options import ServiceOptions
from batchff.ffmpeg.trial import bundled_ffmpeg
from tests.commands import Batchff
from tests.emulator.examples import identity
from tests.emulator.running import running_service
from tests.pipeline.node_ffmpeg.programs import take_for_own

IDENTITY = identity("encoder")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """An emulator whose pools have an identity, in place of the shared one."""
    folder = tmp_path_factory.mktemp("identity")
    with running_service(folder, ServiceOptions(pool_identities=(IDENTITY,))):
        connection = launch.find(folder)
        assert connection is not None
        yield connection


def test_a_clip_is_encoded_without_a_sas(
    batchff: Batchff, service: BatchClient, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", IDENTITY)

    ran = batchff("--json", "submit", clips / "city.mp4", "--out", "mp3s")

    assert ran.code == 0, ran
    assert Path("mp3s", "city.mp3").stat().st_size > 0
    (task,) = service.list_tasks(ran.result["job"])
    said = task.as_dict()
    reference = {"resourceId": IDENTITY}
    assert [file["identityReference"] for file in said["resourceFiles"]] == [reference] * 3
    containers = [file["destination"]["container"] for file in said["outputFiles"]]
    assert [container["identityReference"] for container in containers] == [reference] * 7
    assert "sig=" not in json.dumps(said)


def test_an_identity_that_the_pools_lack_is_told_by_its_name(
    batchff: Batchff, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", identity("stranger"))

    ran = batchff("submit", clips / "city.mp4", "--out", "mp3s")

    assert ran.code == 1
    assert "refused 1 of 1 tasks: InvalidPropertyValue: " in ran.err
    assert "identityReference.resourceId: The pool has no such identity" in ran.err


def test_nodes_fetch_their_ffmpeg_without_a_sas(
    batchff: Batchff,
    service: BatchClient,
    clips: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "ffmpeg").write_text(f'#!/bin/sh\nexec {bundled_ffmpeg()} "$@"\n')
    take_for_own(tmp_path / "ffmpeg", monkeypatch)
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", IDENTITY)
    words = ("submit", clips / "city.mp4", "--out", "mp3s", "--ffmpeg", "bundled", "--keep-pool")

    ran = batchff("--json", *words)

    assert ran.code == 0, ran
    start = service.get_pool(ran.result["pool"]).start_task
    assert start is not None and start.resource_files is not None
    (file,) = start.as_dict()["resourceFiles"]
    assert file["identityReference"] == {"resourceId": IDENTITY}
    assert "?" not in file["httpUrl"]
