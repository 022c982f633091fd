"""`batchff pool list` and `pool images`."""

from __future__ import annotations

from azure.batch import BatchClient

from tests.cli.pool.conftest import made, shown
from tests.commands import Batchff
from tests.foreign import make_pool


def test_pools_are_listed_the_newest_first(batchff: Batchff, service: BatchClient) -> None:
    assert shown(batchff("pool", "list")) == "no pools\n"
    made(batchff, "first", "--nodes", "2")
    made(batchff, "second", "--spot", "1")
    make_pool(service, "theirs", nodes=0)

    assert shown(batchff("pool", "list")) == (
        "second  active  1/1 Spot  standard_d2s_v5  TIME\n"
        "first   active  2/2       standard_d2s_v5  TIME\n"
    )
    assert "theirs  active  0/0" in batchff("pool", "list", "--all").out
    listed = batchff("--json", "pool", "list", "--all").result["pools"]
    assert [(pool["pool"], pool["batchff"]) for pool in listed] == [
        ("theirs", False),
        ("second", True),
        ("first", True),
    ]
    assert (
        listed[1].items()
        >= {
            "state": "active",
            "allocation_state": "steady",
            "nodes": 0,
            "target_nodes": 0,
            "spot": 1,
            "target_spot": 1,
            "vm_size": "standard_d2s_v5",
        }.items()
    )


def test_images_are_listed_the_newest_first(batchff: Batchff) -> None:
    assert shown(batchff("pool", "images")) == (
        "canonical:ubuntu-24_04-lts:server                 ubuntu 24.04  -           auto\n"
        "microsoft-dsvm:ubuntu-hpc:2404                    ubuntu 24.04  -\n"
        "canonical:0001-com-ubuntu-server-jammy:22_04-lts  ubuntu 22.04  2027-06-30\n"
        "microsoft-dsvm:ubuntu-hpc:2204                    ubuntu 22.04  2027-06-30\n"
    )
    everything = batchff("--json", "pool", "images", "--all").result["images"]
    assert [image["image"] for image in everything if not image["verified"]] == [
        "debian:debian-12:12",
        "almalinux:almalinux-x86_64:9-gen2",
    ]
    (auto,) = [image for image in everything if image["auto"]]
    assert auto["agent"] == "batch.node.ubuntu 24.04"
