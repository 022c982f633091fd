"""The operations of the Blob service as a Markdown table: which are served, with which headers."""

from __future__ import annotations

from collections.abc import Iterator

from batchff.emulator.blob.operations.call import Operation
from batchff.emulator.blob.protocol import conditions
from batchff.emulator.blob.protocol.headers import PROPERTIES
from batchff.emulator.blob.protocol.leases import LEASE_ID
from batchff.emulator.blob.routes import ROUTES, Route

_PATHS = {"service": "/", "container": "/{container}", "blob": "/{container}/{blob}"}
_UNNAMED = PROPERTIES | {LEASE_ID, "x-ms-blob-type"}


def blob_operations_table() -> str:
    """Write the operations in the route table's order, with what a request may have beside them.

    Headers and parameters that all requests may have, and metadata, aren't named.
    """
    routes: dict[str, list[Route]] = {}
    for route in ROUTES:
        routes.setdefault(route.operation.name, []).append(route)
    rows = ["| operation | request | answer | with |", "|---|---|---|---|"]
    for name, group in routes.items():
        operation = group[0].operation
        answer = "served" if operation.run else "501"
        beside = ", ".join(_beside(operation)) if operation.run else ""
        rows.append(f"| {name} | {_requests(group)} | {answer} | {beside} |")
    return "\n".join(rows)


def _requests(routes: list[Route]) -> str:
    """Write what an operation's requests look like, those of one address together."""
    methods: dict[str, list[str]] = {}
    for route in routes:
        asked = {"restype": route.restype, "comp": route.comp}
        query = "&".join(f"{name}={value}" for name, value in asked.items() if value)
        address = f"{_PATHS[route.level.value]}{'?' if query else ''}{query}"
        if route.method not in methods.setdefault(address, []):
            methods[address].append(route.method)
    return ", ".join(f"`{' '.join(each)} {address}`" for address, each in methods.items())


def _beside(operation: Operation) -> Iterator[str]:
    if operation.headers >= PROPERTIES:
        yield "properties"
    yield from sorted(operation.headers - _UNNAMED)
    yield from sorted(operation.parameters)
    if LEASE_ID in operation.headers:
        yield "lease"
    if operation.conditions:
        yield "conditions" if operation.conditions == conditions.ALL else "conditions of time"
