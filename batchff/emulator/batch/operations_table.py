"""The operations of the Batch service as a Markdown table: which are served, which aren't."""

from __future__ import annotations

from batchff.emulator.batch.routes import OPERATIONS


def operations_table() -> str:
    """Write the newest version's operations as a Markdown table, in the route table's order."""
    rows = ["| operation | request | answer |", "|---|---|---|"]
    for operation in OPERATIONS:
        path = operation.path.replace(":path}", "}")
        answer = "served" if operation.handler else "501"
        rows.append(f"| {operation.name} | `{operation.method} {path}` | {answer} |")
    return "\n".join(rows)
