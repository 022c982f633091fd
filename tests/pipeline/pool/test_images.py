"""The choice of an image, from lists as the service gives them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchff.errors import NotFoundError, PoolError, UsageError
from batchff.model.pools import Image
from batchff.pipeline.pool.images import choose_image, image_warnings

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def image(name: str, agent: str, *capabilities: str, verified: bool = True) -> Image:
    publisher, offer, sku = name.split(":")
    return Image(publisher, offer, sku, "latest", agent, verified, capabilities)


NOBLE = image("canonical:ubuntu-24_04-lts:server", "batch.node.ubuntu 24.04")
JAMMY = image("canonical:0001-com-ubuntu-server-jammy:22_04-lts", "batch.node.ubuntu 22.04")
HPC = image("microsoft-dsvm:ubuntu-hpc:2204", "batch.node.ubuntu 22.04", "DockerCompatible")
IMAGES = (
    JAMMY,
    image("canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2", "batch.node.ubuntu 22.04"),
    image("canonical:ubuntu-24_04-lts:server-arm64", "batch.node.ubuntu 24.04"),
    image("canonical:ubuntu-24_04-lts:minimal", "batch.node.ubuntu 24.04"),
    NOBLE,
    image("canonical:ubuntu-24_04-lts:server-gen1", "batch.node.ubuntu 24.04"),
    image("canonical:ubuntu-25_10:server", "batch.node.ubuntu 25.10"),
    image("almalinux:almalinux-x86_64:9-gen2", "batch.node.el 9"),
    HPC,
)


def ending(of: Image, days: int) -> Image:
    return replace(of, end_of_life=NOW + timedelta(days=days))


def test_auto_is_the_newest_plain_ubuntu_lts_for_x64() -> None:
    assert choose_image("auto", IMAGES, NOW) == NOBLE
    assert choose_image("AUTO", reversed(IMAGES), NOW) == NOBLE


def test_auto_takes_none_whose_support_is_over() -> None:
    assert choose_image("auto", [ending(NOBLE, -1), JAMMY], NOW) == JAMMY
    assert choose_image("auto", [ending(NOBLE, 1), JAMMY], NOW).name == NOBLE.name


def test_auto_rather_takes_a_verified_one_than_a_newer_one() -> None:
    newest = image("canonical:ubuntu-26_04-lts:server", "batch.node.ubuntu 26.04", verified=False)

    assert choose_image("auto", [*IMAGES, newest], NOW) == NOBLE
    assert choose_image("auto", [newest], NOW) == newest
    assert choose_image("auto", [*IMAGES, replace(newest, verified=True)], NOW).sku == newest.sku


def test_auto_for_containers_is_one_that_runs_them() -> None:
    assert choose_image("auto", IMAGES, NOW, for_containers=True) == HPC
    with pytest.raises(PoolError, match="no Ubuntu LTS image for containers"):
        choose_image("auto", [NOBLE], NOW, for_containers=True)


def test_an_image_is_found_by_its_name_whatever_its_case() -> None:
    assert choose_image("Canonical:Ubuntu-24_04-LTS:server", IMAGES, NOW) == NOBLE
    one = choose_image(f"{NOBLE.name}:24.04.202611010", IMAGES, NOW)
    assert one == replace(NOBLE, version="24.04.202611010")


@pytest.mark.parametrize("name", ["", "ubuntu", "canonical:ubuntu", "a:b:c:d:e", "a b:c:d"])
def test_what_is_not_written_as_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no image"):
        choose_image(name, IMAGES, NOW)


def test_an_unknown_name_is_told_with_near_ones() -> None:
    with pytest.raises(NotFoundError) as raised:
        choose_image("canonical:ubuntu-24_04-lts:sever", IMAGES, NOW)

    assert "near ones: canonical:ubuntu-24_04-lts:server" in raised.value.hint


def test_a_named_image_whose_support_is_over_is_refused() -> None:
    with pytest.raises(PoolError, match="its support ended on 2026-11-21"):
        choose_image(NOBLE.name, [ending(NOBLE, -1)], NOW)


def test_a_named_image_without_containers_runs_none() -> None:
    with pytest.raises(PoolError, match="doesn't run containers"):
        choose_image(NOBLE.name, IMAGES, NOW, for_containers=True)


def test_an_end_within_half_a_year_and_what_is_not_verified_are_told() -> None:
    assert not image_warnings(NOBLE, NOW)
    assert not image_warnings(ending(NOBLE, 200), NOW)
    (soon,) = image_warnings(ending(NOBLE, 100), NOW)
    assert "ends on 2027-03-02" in soon
    (unverified,) = image_warnings(replace(NOBLE, verified=False), NOW)
    assert "isn't verified" in unverified
