"""`batchff pool` against an emulator of its own, whose account has few cores."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from azure.batch import BatchClient

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from batchff.emulator.options import ServiceOptions
from tests.commands import Batchff, Ran
from tests.emulator_process import client_of, remove_jobs_and_pools

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z")


_NODE = re.compile(r"tvmps_[0-9a-f]{64}_[dp]")


@pytest.fixture(scope="session")
def _few_cores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    root = tmp_path_factory.mktemp("emulator")
    try:
        yield launch.start(root, ServiceOptions(core_quota=8))
    finally:
        launch.stop(root)


@pytest.fixture
def emulator(_few_cores: Connection) -> Iterator[Connection]:
    yield _few_cores
    with client_of(_few_cores) as client:
        remove_jobs_and_pools(client)


def shown(ran: Ran) -> str:
    """What a command printed, with times and nodes' ids as names."""
    assert (ran.code, ran.err) == (0, "")
    assert max(len(_NODE.sub("NODE", line)) for line in ran.out.splitlines()) <= 80
    return _NODE.sub("NODE", _TIME.sub("TIME", ran.out))


def made(batchff: Batchff, pool: str, *words: str) -> str:
    """Make a pool, and wait for its nodes."""
    ran = batchff("pool", "create", pool, "--vm-size", "Standard_D2s_v5", "--wait", *words)
    assert ran.code == 0, ran.err
    return pool


def metadata(service: BatchClient, pool: str) -> dict[str, str]:
    return {item.name: item.value for item in service.get_pool(pool).metadata or ()}
