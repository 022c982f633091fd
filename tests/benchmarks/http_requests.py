"""What a request costs the client: CPU by batchff's own way to send, by the libraries', by the SDK.

The service is an emulator in a process of its own: only this process' CPU counts. All that is
measured takes turns, and the ratios to batchff's own way are what says something elsewhere.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from io import BytesIO, FileIO
from tempfile import TemporaryDirectory

from azure.batch import BatchClient
from azure.batch.models import BatchJobCreateOptions, BatchPoolInfo
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobClient

from batchff.cloud.batch import Batch
from batchff.cloud.http.switch import VARIABLE
from batchff.cloud.http.transport import Transport
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator.launch.connection import Connection
from tests.benchmarks.measuring import arguments, emulator, machine, note

Request = Callable[[], object]
Ways = dict[str, Request]

CONTAINER, JOB = "requests", "requests"
SIZE = 64 * 1024
OWN, LIBRARIES, SDK = "own", "libraries", "SDK alone"


def main() -> None:
    given = arguments(__doc__, rounds=9, requests=200)
    with (
        emulator() as (_, connection),
        TemporaryDirectory() as folder,
        FileIO(f"{folder}/copy", "w+") as file,
    ):
        measured = {
            "the transport alone": transports(connection),
            "a job, by Batch": batch_clients(connection),
            "64 KiB up, by Blob": uploads(connection),
            "64 KiB down, by Blob": downloads(connection, file),
        }
        found = {
            name: microseconds(name, ways, given.rounds, given.requests)
            for name, ways in measured.items()
        }
    if given.json:
        print(json.dumps({"name": "http_requests", "machine": machine(), "microseconds": found}))
        return
    print("CPU of one request, in µs (to batchff's own way)")
    print(f"{'':<24}{OWN:>10}{LIBRARIES:>18}{SDK:>18}")
    for name, row in found.items():
        ratios = {way: f"{took:.0f} ({took / row[OWN]:.1f}×)" for way, took in row.items()}
        print(f"{name:<24}{row[OWN]:>10.0f}{ratios[LIBRARIES]:>18}{ratios[SDK]:>18}")


def microseconds(name: str, ways: Ways, rounds: int, requests: int) -> dict[str, float]:
    """Return the CPU of one request by each way: the median of rounds in which they take turns."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in list(ways)[:: -1 if number % 2 else 1]:
            began = time.process_time()
            for _ in range(requests):
                ways[way]()
            taken[way].append((time.process_time() - began) / requests * 1e6)
            note(f"{name}, {way}: {taken[way][-1]:.0f} µs")
    return {way: statistics.median(times) for way, times in taken.items()}


def by_both_ways(make: Callable[[], Request]) -> Ways:
    """Return what is made for each way to send: the first request decides by which it goes."""
    ways: Ways = {}
    for way in (OWN, LIBRARIES):
        if way == LIBRARIES:
            os.environ[VARIABLE] = "sdk"
        ways[way] = make()
        ways[way]()
        os.environ.pop(VARIABLE, None)
    return ways


def transports(connection: Connection) -> Ways:
    """Return the transports as the SDK's pipeline calls them; the answer is a short refusal."""
    url = f"{connection.batch_endpoint}/jobs?api-version=2024-07-01.20.0"

    def make() -> Request:
        transport = Transport()
        return lambda: transport.send(HttpRequest("GET", url)).json()

    sdk = RequestsTransport()
    return {**by_both_ways(make), SDK: lambda: sdk.send(HttpRequest("GET", url)).json()}


def batch_clients(connection: Connection) -> Ways:
    credential = AzureNamedKeyCredential(connection.batch_account, connection.batch_key)
    sdk = BatchClient(connection.batch_endpoint, credential)
    sdk.create_job(BatchJobCreateOptions(id=JOB, pool_info=BatchPoolInfo(pool_id="nosuch")))

    def make() -> Request:
        batch = Batch(connection.batch_endpoint, credential)
        return lambda: batch.jobs.get(JOB)

    return {**by_both_ways(make), SDK: lambda: sdk.get_job(JOB)}


def uploads(connection: Connection) -> Ways:
    data = os.urandom(SIZE)

    def make() -> Request:
        storage = _storage(connection)
        return lambda: storage.upload_bytes(CONTAINER, "b", data, {})

    sdk = _blob(connection)
    return {**by_both_ways(make), SDK: lambda: sdk.upload_blob(data, overwrite=True)}


def downloads(connection: Connection, file: FileIO) -> Ways:
    def make() -> Request:
        storage = _storage(connection)

        def download() -> None:
            file.seek(0)
            file.truncate()
            storage.download_file(CONTAINER, "b", file, bytes_done=lambda _: None)

        return download

    sdk = _blob(connection)
    return {**by_both_ways(make), SDK: lambda: sdk.download_blob().readinto(BytesIO())}


def _storage(connection: Connection) -> Storage:
    storage = connect_storage(connection.storage_connection_string)
    storage.ensure_container(CONTAINER, {})
    return storage


def _blob(connection: Connection) -> BlobClient:
    return BlobClient.from_connection_string(connection.storage_connection_string, CONTAINER, "b")


if __name__ == "__main__":
    main()
