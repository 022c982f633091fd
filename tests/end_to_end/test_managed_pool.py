from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud.management.arm import IDENTITY, Arm
from tests.commands import Batchff
from tests.pipeline.node_ffmpeg.programs import PROGRAM, take_for_own


def test_a_pool_with_an_identity_is_made_by_the_management_plane(
    managed: Arm, batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", IDENTITY)
    created = batchff(
        *("--json", "pool", "create", "managed", "--spot", "2", "--ffmpeg", "apt")
    ).result
    assert created == {"pool": "managed", "created": True}
    pool = managed.pools["managed"]
    assert list(pool["identity"]["userAssignedIdentities"]) == [IDENTITY]
    properties = pool["properties"]
    image = properties["deploymentConfiguration"]["virtualMachineConfiguration"]
    assert image["nodeAgentSkuId"] == "batch.node.ubuntu 24.04"
    assert "$TargetLowPriorityNodes" in properties["scaleSettings"]["autoScale"]["formula"]
    assert properties["startTask"]["userIdentity"]["autoUser"]["elevationLevel"] == "Admin"


def test_its_nodes_fetch_their_ffmpeg_by_that_identity(
    managed: Arm, batchff: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ffmpeg").write_bytes(PROGRAM)
    take_for_own(tmp_path / "ffmpeg", monkeypatch)
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", IDENTITY)
    monkeypatch.setenv("BATCHFF_FFMPEG_CONTAINER", "programs-managed")
    assert batchff("pool", "create", "fetches", "--ffmpeg", "bundled").code == 0
    start = managed.pools["fetches"]["properties"]["startTask"]
    (file,) = start["resourceFiles"]
    assert file["identityReference"] == {"resourceId": IDENTITY}
    assert file["httpUrl"].partition("/programs-managed/ffmpeg-9.9.9-linux-x86_64-")[1]
    assert "sig=" not in file["httpUrl"]


def test_a_pool_without_one_is_made_by_the_batch_service(managed: Arm, batchff: Batchff) -> None:
    assert batchff("pool", "create", "plain").code == 0
    assert managed.pools == {}
    assert batchff("pool", "delete", "plain", "--yes").code == 0


def test_an_account_that_isnt_seen_is_told_before_a_pool_is_asked_for(
    managed: Arm, batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    managed.accounts = []
    monkeypatch.setenv("BATCHFF_POOL_IDENTITY", IDENTITY)
    ran = batchff("pool", "create", "unseen")
    assert ran.code == 1
    assert "no subscription that you see has a Batch account" in ran.err
