"""A service that simulates, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from azure.batch import BatchClient

from batchff.emulator.errors import EmulatorError
from batchff.emulator.options import ServiceOptions
from batchff.emulator.root import open_root
from batchff.emulator.simulation.settings import read_simulation
from tests.emulator.examples import job, pool, run
from tests.emulator.running import Connection, running_service

OUTPUT_BYTES = 3000


SETTINGS = {"task_time": "90m", "clock_speed": 10_000, "output_size": OUTPUT_BYTES}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    options = ServiceOptions(simulation=read_simulation(SETTINGS))
    with running_service(tmp_path_factory.mktemp("emulator"), options) as connection:
        with connection.client() as client:
            client.create_pool(pool("pool"))
        yield connection


@pytest.fixture
def client(service: Connection) -> Iterator[BatchClient]:
    with service.client() as client:
        yield client


def test_only_what_batch_stamps_is_of_the_simulations_time(
    service: Connection, client: BatchClient
) -> None:
    client.create_job(job("stamps", "pool"))

    ended = run(client, "stamps", "encode")

    now = datetime.now(UTC)
    assert ended.execution_info is not None and ended.execution_info.end_time is not None
    assert ended.execution_info.end_time > now + timedelta(hours=1)
    answer = service.send("GET", "/jobs/stamps")
    assert answer.status == 200
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - now) < timedelta(minutes=1)
    ahead = {
        "ocp-date": format_datetime(ended.execution_info.end_time.astimezone(UTC), usegmt=True)
    }
    assert service.send("GET", "/jobs/stamps", headers=ahead).status == 403
    with service.storage() as storage:
        blob = storage.create_container("stamps").upload_blob("blob", b"")
        modified = blob.get_blob_properties().last_modified
    assert abs(modified - now) < timedelta(minutes=1)


def test_its_time_goes_on_where_it_was(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("emulator")
    options = ServiceOptions(simulation=read_simulation(SETTINGS))
    with running_service(folder, options) as first, first.client() as client:
        client.create_pool(pool("pool"))
        client.create_job(job("before", "pool"))
        ended = run(client, "before", "encode").execution_info
    slow = ServiceOptions(simulation=read_simulation({}))
    with running_service(folder, slow) as second, second.client() as client:
        client.create_job(job("after", "pool"))
        created = client.get_job("after").creation_time

    assert ended is not None and ended.end_time is not None and created is not None
    assert timedelta() <= created - ended.end_time


def test_the_service_itself_knows_what_its_folder_is_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("emulator")
    open_root(folder)

    with pytest.raises(EmulatorError, match="is for tasks that run, not for a simulation"):
        open_root(folder, simulated=True)
    open_root(folder)
