"""Logging in to nodes: users and addresses, as far as a folder can have them.

A node has no sshd of its own, so a user's name is all that is kept, and the address that is given
answers nobody.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.checks.systems import check_node_user
from batchff.emulator.batch.operations.pools.nodes import find_node, node_number
from batchff.emulator.batch.protocol.call import Call, changed, done, json_response
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.versions import V2024_07
from batchff.emulator.batch.rendering.resources import LOGIN_PORT, NODE_ADDRESS, NODE_ADDRESS_6
from batchff.emulator.state.model import Document

_SETTINGS = "Microsoft.Azure.Batch.Protocol.Entities.ComputeNodeGetRemoteLoginSettingsResult"


def create_node_user(call: Call) -> Response:
    """Note a user's name; the password and key are forgotten at once."""
    pool, node = find_node(call)
    body = call.document(bodies.NODE_USER_CREATE)
    check_node_user(body, pool.document)
    if not call.services.users.add(node.id, body["name"]):
        raise BatchError("NodeUserExists")
    call.note("name")
    location = f"{call.endpoint}{call.request.path}/{quote(body['name'], safe='')}"
    return changed(call, 201, location=location)


def replace_node_user(call: Call) -> Response:
    """Take a user's new password or key, and forget it."""
    pool, node = find_node(call)
    check_node_user(call.document(bodies.NODE_USER_REPLACE), pool.document)
    if not call.services.users.has(node.id, call.parameters["userName"]):
        raise BatchError("NodeUserNotFound")
    return changed(call, 200)


def delete_node_user(call: Call) -> Response:
    """Forget a user."""
    _, node = find_node(call)
    if not call.services.users.remove(node.id, call.parameters["userName"]):
        raise BatchError("NodeUserNotFound")
    return done(200)


def get_remote_login_settings(call: Call) -> Response:
    """Give where a node's sshd would be."""
    _, port = _address(call)
    settings: Document = {"remoteLoginIPAddress": NODE_ADDRESS, "remoteLoginPort": port}
    if call.request.version >= V2024_07:
        settings |= {"ipv6RemoteLoginIPAddress": NODE_ADDRESS_6, "ipv6RemoteLoginPort": port}
    return json_response({"odata.metadata": call.metadata(_SETTINGS), **settings})


def get_remote_desktop(call: Call) -> Response:
    """Give the file by which a client of Remote Desktop would find a node."""
    address, port = _address(call)
    content = f"full address:s:{address}:{port}\r\n"
    return Response(content.encode(), media_type="application/octet-stream")


def _address(call: Call) -> tuple[str, int]:
    pool, node = find_node(call)
    return NODE_ADDRESS, LOGIN_PORT + node_number(call, pool, node)
