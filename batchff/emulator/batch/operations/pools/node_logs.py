"""The logs of a node: what there is of them is sent to a container."""

from __future__ import annotations

import logging
import sqlite3
import uuid
from contextlib import closing
from urllib.parse import quote, unquote, urlsplit

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.operations.pools.nodes import find_node, render_one
from batchff.emulator.batch.protocol.call import Call, json_response
from batchff.emulator.root import Root
from batchff.emulator.state.store.database import to_json

_LOG = logging.getLogger(__name__)

_RESULT = "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult"


def upload_node_logs(call: Call) -> Response:
    """Answer with where the logs will be, and send them then, as the service does.

    They are the start task's, and what the service says of the node. They are sent to the
    emulator's own storage alone; none is for a container anywhere else, or that doesn't exist.
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
    url = body["containerUrl"]
    if identities is None or not identities.reach(url):
        logs = {}
        call.note("containerUrl")
    elif not _has_container(call.services.root, url):
        logs = {}
        _LOG.warning("the logs of node %s aren't sent: there's no such container", node.id)
    else:
        call.scheduler.send_logs(body, {f"{place}/{name}": log for name, log in logs.items()})
    return json_response(
        {
            "odata.metadata": call.metadata(_RESULT),
            "virtualDirectoryName": place,
            "numberOfFilesUploaded": len(logs),
        }
    )


def _has_container(root: Root, url: str) -> bool:
    """Tell whether a container of the emulator's own storage exists; read where that keeps them."""
    path = urlsplit(url).path.split("/")
    name = unquote(path[2]) if len(path) > 2 else ""
    where = f"file:{quote(str(root.blob_db))}?mode=ro"
    with closing(sqlite3.connect(where, uri=True)) as database:
        found = database.execute("SELECT 1 FROM containers WHERE name = ?", (name,)).fetchone()
    return found is not None
