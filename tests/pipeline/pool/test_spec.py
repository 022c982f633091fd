from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batchff.errors import UsageError
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.spec import (
    checked_spec,
    differences,
    most_slots,
    pool_name,
    spec_warnings,
)

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/media/providers"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/net/subnets/nodes"
IDENTITY = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/encoder"
SHA256 = "0123456789abcdef" * 4
PLAIN = PoolSpec("Standard_D4s_v5", 2, 0, 4, "auto")
FULL = PoolSpec(
    "Standard_D4s_v5",
    nodes=1,
    spot=8,
    slots=4,
    image="canonical:ubuntu-24_04-lts:server:24.04.1",
    max_nodes=12,
    fallback=False,
    subnet=SUBNET,
    identity=IDENTITY,
    ffmpeg="url",
    ffmpeg_url="https://example.org/ffmpeg.tar.xz?sig=secret",
    ffmpeg_sha256=SHA256,
)


def static(url: str, sha256: str = SHA256) -> dict[str, Any]:
    return {"ffmpeg": "url", "ffmpeg_url": url, "ffmpeg_sha256": sha256}


@pytest.mark.parametrize(
    "spec",
    [
        PLAIN,
        FULL,
        replace(PLAIN, container_image="my.azurecr.io/a/ffmpeg:7.1", ffmpeg="container"),
        replace(PLAIN, ffmpeg="bundled", ffmpeg_version="9.0.2"),
        replace(PLAIN, ffmpeg="image", vm_size="Standard_D4ps_v5"),
        # As the metadata of a pool have it, without what may be secret.
        replace(FULL, ffmpeg_url=""),
    ],
)
def test_what_a_service_may_take_passes(spec: PoolSpec) -> None:
    assert checked_spec(spec) == spec
    assert not spec_warnings(spec)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vm_size": "D4s_v5"}, "'D4s_v5' is no VM size"),
        ({"nodes": 0}, "a pool needs a node"),
        ({"spot": 3, "max_nodes": 4}, "--max-nodes 4 is fewer than 2 dedicated and 3 Spot nodes"),
        ({"slots": 257}, "--slots 257 is not from 1 to 256"),
        ({"image": "ubuntu"}, "'ubuntu' is no image"),
        ({"subnet": "nodes"}, "'nodes' is no resource id of a subnet"),
        ({"subnet": IDENTITY}, "is no resource id"),
        ({"identity": SUBNET}, "is no resource id of a user-assigned identity"),
        ({"container_image": "FFmpeg:7"}, "'FFmpeg:7' is no container image"),
        ({"container_image": "ffmpeg --privileged"}, "is no container image"),
        (static("https://example.org/f", ""), "--ffmpeg URL and --ffmpeg-sha256 go together"),
        (static("file:///f"), "doesn't lead to a static ffmpeg"),
        (static("https://e.org/f.zip"), "doesn't lead to"),
        (static("https://e.org/f", "$(id)"), "is no SHA-256"),
        (
            {**static("https://e.org/f"), "container_image": "f"},
            "--container-image and --ffmpeg url exclude each other",
        ),
        (
            {"ffmpeg": "bundled", "container_image": "f"},
            "--container-image and --ffmpeg bundled exclude each other",
        ),
        (
            {"ffmpeg": "bundled", "vm_size": "Standard_D4ps_v5"},
            "is for x86-64 processors, and Standard_D4ps_v5 has ARM ones",
        ),
    ],
)
def test_what_no_service_would_take_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_spec(replace(PLAIN, **change))


def test_a_size_that_goes_and_too_many_slots_are_told() -> None:
    told = spec_warnings(replace(PLAIN, vm_size="Standard_F2s_v2", slots=9))

    assert [text.partition(":")[0] for text in told] == [
        "--slots 9 may be refused",
        "VM size Standard_F2s_v2 is retired on 2028-11-15; take one such as Dsv5",
    ]
    assert (most_slots("Standard_D128s_v6"), most_slots("Standard_A5")) == (256, 256)


def test_the_same_request_has_the_same_name_however_it_is_written() -> None:
    same = replace(
        FULL, vm_size="standard_d4s_v5", subnet=SUBNET.upper(), ffmpeg_url="https://other.org/f"
    )

    assert pool_name(same) == pool_name(FULL)
    assert pool_name(replace(PLAIN, max_nodes=2)) == pool_name(PLAIN), "it's what it is anyway"
    assert not differences(same, FULL)


@pytest.mark.parametrize(
    "change",
    [
        {"vm_size": "Standard_D8s_v5"},
        {"nodes": 3},
        {"slots": 2},
        {"image": "auto"},
        {"max_nodes": 13},
        {"fallback": True},
        {"subnet": ""},
        {"ffmpeg_sha256": SHA256.replace("0", "f")},
    ],
)
def test_another_request_has_another_name_and_differs_in_what_it_says(
    change: dict[str, Any],
) -> None:
    other = replace(FULL, **change)

    assert pool_name(other) != pool_name(FULL)
    assert differences(FULL, other).keys() == change.keys()


def test_a_difference_tells_both_sides() -> None:
    existing = replace(PLAIN, vm_size="Standard_D8s_v5", spot=4, nodes=0)

    assert differences(existing, PLAIN) == {
        "vm_size": "--vm-size Standard_D8s_v5 instead of Standard_D4s_v5",
        "nodes": "--nodes 0 instead of 2",
        "spot": "--spot 4 instead of 0",
    }
    assert differences(existing, replace(PLAIN, subnet=SUBNET), ("subnet", "slots")) == {
        "subnet": f"--subnet none instead of {SUBNET}"
    }
