"""Random requests to every route of the Batch service: none of them may be answered with a 500.

    python -m tests.emulator.conformance.fuzz [SECONDS [SEED]]

Bodies are made of the fields of all api-versions, some with values that they can have and some with
others; paths name what is there and what isn't.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batchff.emulator.batch.protocol.versions import API_VERSIONS
from batchff.emulator.batch.routes import EARLIER_OPERATIONS, OPERATIONS, Operation
from tests.emulator.conformance.description import Description, Type, folder_or_skip
from tests.emulator.conformance.openapi import read_openapi
from tests.emulator.conformance.samples import good_values
from tests.emulator.conformance.sdk_extract import read_sdk_extract
from tests.emulator.examples import pool_document
from tests.emulator.running import Connection, running_service

_JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**70, 1.5, "", " ", "x", "x" * 3000),
    *("\x00", "\ud800", "é", "../..", "/etc/passwd", [], {}, [[]], [None], [{}], {"": {}}),
    *("P1D", "PT-1S", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"),
    *("http://[", "http://127.0.0.1:1/x", "true", "none", float("inf")),
)
_IDS = ("p", "j", "t", "s", "P", "nobody", "a b", "%00", "..", "x" * 65, "é", "")
_QUERIES = ("maxresults", "$filter", "$select", "$expand", "$skiptoken", "recursive", "force")
_QUERY_VALUES = (
    *("1", "0", "-5", "1e9", "", "id", "id,state", "stats", "true", "x", "/", "~", "\x00", "'"),
    *("id eq 'p'", "startswith(id,'p')", "state eq 'active' or (not (id eq null))", "id ge"),
    *("creationTime ge datetime'2026-01-01'", "executionInfo/exitCode lt 5", "MQ==", "////"),
)
_HEADERS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "ocp-range")
_HEADER_VALUES = ("*", '"0x1"', "Sun, 06 Nov 1994 08:49:37 GMT", "yesterday", "bytes=0-", "bytes=9")


class Fuzz:
    """Makes requests, from one seed."""

    def __init__(self, service: Connection, seed: int) -> None:
        self._service = service
        self._random = random.Random(seed)
        folder = folder_or_skip()
        self._descriptions = (
            read_openapi(folder / "2024-02-01.19.0" / "BatchService.json"),
            read_sdk_extract(next(folder.glob("batch-2025-06-01.*.json"))),
        )

    def furnish(self) -> None:
        """Make what paths can name."""
        send = self._service.send
        send("POST", "/pools", pool_document("p", targetDedicatedNodes=1))
        send("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "p"}})
        send("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"})
        job = {"poolInfo": {"poolId": "p"}}
        send("POST", "/jobschedules", {"id": "s", "schedule": {}, "jobSpecification": job})

    def request(self, operation: Operation) -> tuple[str, int]:
        """Send one; give what it was and its status."""
        path = self._path(operation.path)
        version = self._random.choice(API_VERSIONS)
        body = self._body(operation) if operation.method in ("POST", "PUT", "PATCH") else None
        headers = {}
        if self._random.random() < 0.2:
            headers = {self._random.choice(_HEADERS): self._random.choice(_HEADER_VALUES)}
        content = None if body is None else json.dumps(body).encode()
        sent = f"{operation.method} {path} {version} {headers} {content!r}"
        try:
            answer = self._service.send(operation.method, path, content, headers, version=version)
        except HTTPException:  # it died of its own answer
            return sent, 500
        return sent, answer.status

    def _path(self, pattern: str) -> str:
        parts = []
        for part in pattern.replace(":path}", "}").split("/"):
            name = part
            if part.startswith("{"):
                name = quote(self._name(part.strip("{}")), safe="%")
            elif "{" in part:
                name = part.replace("{algorithm}", "sha1").replace("{thumbprint}", "ab")
            parts.append(name)
        query = ""
        if self._random.random() < 0.4:
            name = self._random.choice(_QUERIES)
            query = f"?{quote(name)}={quote(self._random.choice(_QUERY_VALUES), safe='')}"
        return "/".join(parts) + query

    def _name(self, place: str) -> str:
        if place == "nodeId" and self._random.random() < 0.8:
            nodes = self._service.send("GET", "/pools/p/nodes")
            listed = nodes.json().get("value", [])
            if listed:
                return str(listed[0]["id"])
        own = {"poolId": "p", "jobId": "j", "taskId": "t", "jobScheduleId": "s"}.get(place, "x")
        if place == "filePath":
            own = self._random.choice(("stdout.txt", "wd", "startup", "workitems/j", "a\\b"))
        return own if self._random.random() < 0.8 else self._random.choice(_IDS)

    def _body(self, operation: Operation) -> Any:
        description = self._random.choice(self._descriptions)
        described = description.operations.get((operation.method, operation.path))
        if described is None or described.request is None or self._random.random() < 0.05:
            return self._random.choice(_JUNK)
        if operation.name == "CreateTaskCollection":
            model = "BatchTaskCreateOptions"
            if model not in description.models:
                model = "TaskAddParameter"
            return {"value": [self._model(description, model, 0) for _ in range(3)]}
        return self._model(description, described.request, 0)

    def _model(self, description: Description, name: str, depth: int) -> dict[str, Any]:
        made = {}
        for field, wanted in description.writable(name).items():
            if wanted.required or self._random.random() < 0.25:
                made[field] = self._value(description, field, wanted.type, depth + 1)
        if name in ("BatchPoolCreateOptions", "PoolAddParameter"):
            made = {**pool_document(self._random.choice("pqrs")), **made}
        if "id" in made:
            made["id"] = self._random.choice(("j", "p", "t", f"n{self._random.randrange(10**6)}"))
        return made

    def _value(self, description: Description, field: str, wanted: Type, depth: int) -> Any:
        if self._random.random() < 0.05:
            return self._random.choice(_JUNK)
        if field == "commandLine":
            return "true"  # nothing else is to run
        if wanted.kind == "model" and depth < 6:
            return self._model(description, wanted.name, depth)
        if wanted.kind == "list" and wanted.items is not None and depth < 6:
            count = self._random.randrange(3)
            return [self._value(description, field, wanted.items, depth + 1) for _ in range(count)]
        values = list(good_values(description, field, wanted))
        return self._random.choice(values)


def main(arguments: list[str]) -> int:
    """Send requests for so long; return 1 if one of them was answered with a 500."""
    seconds = float(arguments[0]) if arguments else 60.0
    seed = int(arguments[1]) if arguments[1:] else random.randrange(10**6)
    statuses = Counter[int]()
    failures = []
    operations = (*OPERATIONS, *EARLIER_OPERATIONS)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder, running_service(Path(folder)) as service:
        fuzz = Fuzz(service, seed)
        while time.monotonic() < end:
            fuzz.furnish()
            for operation in operations:
                sent, status = fuzz.request(operation)
                statuses[status] += 1
                if status == 500:
                    failures.append(sent)
                    print(sent[:2000])
    print(f"seed {seed}: {statuses.total()} requests, {dict(sorted(statuses.items()))}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
