"""A raw client of the Batch service, so that a benchmark measures the service and not an SDK."""

from __future__ import annotations

import http.client
import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from batchff.emulator.launch.connection import Connection
from batchff.emulator.root import Account
from tests.emulator.examples import pool_document
from tests.emulator.running import signature

JSON = "application/json; odata=minimalmetadata"
COLLECTION = 100
"""The most tasks that one request can add."""


class BatchRequests:
    """Sends signed requests on one connection that stays open."""

    def __init__(self, connection: Connection) -> None:
        self._http = http.client.HTTPConnection(urlsplit(connection.batch_endpoint).netloc)
        self._account = Account(connection.batch_account, connection.batch_key)

    def send(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Give what an answer holds; RuntimeError if it isn't a success."""
        path += f"{'&' if '?' in path else '?'}api-version=2025-06-01"
        headers = {"ocp-date": format_datetime(datetime.now(UTC), usegmt=True)}
        if body:
            headers |= {"Content-Length": str(len(body)), "Content-Type": JSON}
        headers["Authorization"] = signature(method, path, headers, self._account)
        self._http.request(method, path, body or None, headers)
        response = self._http.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content.decode()}")
        return content

    def read(self, path: str) -> Any:
        return json.loads(self.send("GET", path))

    def create_pool(self, pool_id: str, nodes: int, slots: int) -> None:
        """Make a pool, and wait for its nodes."""
        fields = {"targetDedicatedNodes": nodes, "taskSlotsPerNode": slots}
        self.send("POST", "/pools", json.dumps(pool_document(pool_id, **fields)).encode())
        while [node["state"] for node in self.read(f"/pools/{pool_id}/nodes")["value"]] != [
            "idle"
        ] * nodes:
            time.sleep(0.02)

    def create_job(self, job_id: str, pool_id: str) -> None:
        body = {"id": job_id, "poolInfo": {"poolId": pool_id}}
        self.send("POST", "/jobs", json.dumps(body).encode())

    def add(self, job_id: str, collections: list[bytes]) -> None:
        for body in collections:
            self.send("POST", f"/jobs/{job_id}/addtaskcollection", body)


def collections_of(tasks: int, command: str) -> list[bytes]:
    """Give the bodies that add so many tasks."""
    every = [{"id": f"task-{number:06}", "commandLine": command} for number in range(tasks)]
    return [
        json.dumps({"value": every[start : start + COLLECTION]}).encode()
        for start in range(0, tasks, COLLECTION)
    ]
