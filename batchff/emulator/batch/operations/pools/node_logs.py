"""The logs of a node: what there is of them is sent to a container."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.operations.pools.nodes import find_node, render_one
from batchff.emulator.batch.protocol.call import Call, json_response
from batchff.emulator.state.store.database import to_json

_RESULT = "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult"


def upload_node_logs(call: Call) -> Response:
    """Answer with where the logs will be, and send them then, as the service does.

    They are the start task's, and what the service says of the node. They are sent to the
    emulator's own storage alone. How many files are told is how many there are, sent or not: so
    the service answers Microsoft's own test, whose container can't be written to.
    """
    pool, node = find_node(call)
    body = call.document(bodies.NODE_UPLOAD_LOGS)
    place = f"batch-{call.services.account}/{pool.id}/{node.id}/{uuid.uuid4()}"
    startup = call.services.root.nodes / node.id / "startup"
    logs = {"node.json": to_json(render_one(call, pool, node)).encode()}
    for path in (startup / "stdout.txt", startup / "stderr.txt"):
        if path.is_file():
            logs[path.name] = path.read_bytes()
    identities = call.services.identities
    if identities is not None and identities.reach(body["containerUrl"]):
        call.scheduler.send_logs(body, {f"{place}/{name}": log for name, log in logs.items()})
    else:
        call.note("containerUrl")
    return json_response(
        {
            "odata.metadata": call.metadata(_RESULT),
            "virtualDirectoryName": place,
            "numberOfFilesUploaded": len(logs),
        }
    )
