"""Extensions of nodes: those that the pool asks for, and the service's own. None is ever run."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.operations.pools.nodes import find_node
from batchff.emulator.batch.protocol.call import Call, json_response
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items, selection
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.times import format_time

_PROPERTIES = frozenset({"provisioningState", "vmExtension", "instanceView"})
_OWN = {
    "name": "batchNodeExtension",
    "publisher": "Microsoft.Azure.Extensions",
    "type": "CustomScript",
    "typeHandlerVersion": "2.0",
    "autoUpgradeMinorVersion": True,
}


def list_node_extensions(call: Call) -> Response:
    """List the extensions of a node."""
    choose = selection(call, _PROPERTIES)
    documents = map(choose, _extensions(*find_node(call)))
    return answer_items(call, (({}, document) for document in documents), {}, "extensions")


def get_node_extension(call: Call) -> Response:
    """Answer with one extension of a node."""
    name = call.parameters["extensionName"].lower()
    choose = selection(call, _PROPERTIES)
    for document in _extensions(*find_node(call)):
        if document["vmExtension"]["name"].lower() == name:
            metadata = call.metadata("extensions/@Element")
            return json_response({"odata.metadata": metadata, **choose(document)})
    raise BatchError("ResourceNotFound")


def _extensions(pool: Pool, node: Node) -> list[Document]:
    machine = pool.document.get("virtualMachineConfiguration", {})
    return [
        {
            "provisioningState": "Succeeded",
            "vmExtension": extension,
            "instanceView": {
                "name": extension["name"],
                "statuses": [
                    {
                        "code": "ProvisioningState/succeeded",
                        "displayStatus": "Provisioning succeeded",
                        "level": "Info",
                        "message": "",
                        "time": format_time(node.booted),
                    }
                ],
            },
        }
        for extension in (*machine.get("extensions", ()), _OWN)
    ]
