"""What values of settings may be. Those that are refused are in tests/profile/test_keys.py, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import UsageError
from batchff.rules import (
    AUTO,
    LONGEST_LIFE,
    Bounds,
    check_container,
    check_container_image,
    check_endpoint,
    check_identity,
    check_image,
    check_limit,
    check_sha256,
    check_static_build,
    check_subnet,
    check_vm_size,
    check_written_limit,
)

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/media/providers"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/net/subnets/nodes"
IDENTITY = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/encoder"


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_endpoint, "https://mybatch.westeurope.batch.azure.com"),
        (check_endpoint, "mybatch.westeurope.batch.azure.com"),
        (check_endpoint, "http://127.0.0.1:10000/devstoreaccount1"),
        (check_endpoint, "http://[::1]:10000"),
        (check_container, "abc"),
        (check_container, "a-1-" + "b" * 59),
        (check_vm_size, "Standard_D4s_v5"),
        (check_vm_size, "standard_nc4as_t4_v3"),
        (check_image, AUTO),
        (check_image, "canonical:ubuntu-24_04-lts:server"),
        (check_image, "canonical:ubuntu-24_04-lts:server:24.04.1"),
        (check_container_image, "ffmpeg"),
        (check_container_image, f"films.azurecr.io:443/a/ffmpeg:7.1@sha256:{'0' * 64}"),
        (check_subnet, SUBNET),
        (check_identity, IDENTITY),
        (check_static_build, "https://example.org/ffmpeg.tar.xz?sig=secret"),
        (check_static_build, "http://example.org/ffmpeg"),
        (check_sha256, "0123456789abcdefABCDEF" + "0" * 42),
        (check_written_limit, "90"),
        (check_written_limit, "180d"),
    ],
)
def test_what_a_setting_may_be_passes(check: Callable[[str], None], value: str) -> None:
    check(value)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_endpoint, ""),
        (check_endpoint, "https://a.example?x"),
        (check_endpoint, "https://user@a.example"),
        (check_container, "ab"),
        (check_container, "a" * 64),
        (check_container, "-ab"),
        (check_container, "abc\n"),
        (check_vm_size, "Standard_D4s_v5; true"),
        (check_image, "ubuntu"),
        (check_container_image, "FFmpeg"),
        (check_container_image, "ffmpeg$(true)"),
        (check_subnet, IDENTITY),
        (check_identity, SUBNET),
        (check_static_build, "https://example.org/ffmpeg.zip"),
        (check_static_build, "https://example.org"),
        (check_static_build, "file:///ffmpeg.tar.xz"),
        (check_sha256, "0" * 63),
        (check_written_limit, "59s"),
        (check_written_limit, "181d"),
        (check_written_limit, "soon"),
    ],
)
def test_what_it_cant_be_is_refused_in_one_line(check: Callable[[str], None], value: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(value)
    assert "\n" not in raised.value.message + raised.value.hint


def test_a_vm_size_without_its_beginning_is_offered_with_it() -> None:
    with pytest.raises(UsageError) as raised:
        check_vm_size("D4s_v5")
    assert raised.value.hint == "did you mean Standard_D4s_v5?"


@given(st.timedeltas(timedelta(minutes=1), LONGEST_LIFE))
def test_a_limit_is_from_a_minute_to_what_the_service_keeps_a_task(duration: timedelta) -> None:
    check_limit(duration)
    for other in (timedelta(minutes=1) - duration, LONGEST_LIFE + duration):
        with pytest.raises(UsageError):
            check_limit(other)


@given(st.integers(-5, 5), st.integers(0, 5), st.integers(-12, 12))
def test_bounds_hold_both_their_ends(least: int, width: int, number: int) -> None:
    bounds = Bounds(least, least + width)
    assert (number in bounds) == (number in range(least, least + width + 1))
    assert (number in Bounds(least)) == (number >= least)


def test_bounds_say_what_they_are() -> None:
    assert f"{Bounds(0)}, {Bounds(1, 256)}" == "0 or more, from 1 to 256"
