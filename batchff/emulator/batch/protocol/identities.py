"""References to a pool's identities, in requests and in answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from batchff.emulator.batch.protocol.errors import bad_property, unsupported
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.state.model import Document

_REFERENCE = "identityReference"
_URLS = ("httpUrl", "storageContainerUrl", "containerUrl")
_NESTED = (dict, list)


def check_identities(body: object, identities: PoolIdentities | None) -> None:
    """Refuse a reference to an identity that the pools don't have, or that can't help.

    What the service answers to the first isn't documented.
    """
    for name, place in _places(body):
        resource_id = place[_REFERENCE].get("resourceId")
        if resource_id is None:
            continue
        if identities is None or not identities.has(resource_id):
            raise bad_property(
                f"{name}.resourceId",
                resource_id,
                "The pool has no such identity; the emulator's are given with --pool-identity",
            )
        url = next((place[each] for each in _URLS if each in place), None)
        if url is None:  # a registry's, a mount's or a key's, which is used by nothing here
            continue
        if "sig" in parse_qs(urlsplit(url).query):
            raise bad_property(name, resource_id, "The URL has a SAS already")
        if not identities.reach(url):
            raise unsupported(
                PropertyName=name, Reason="Identities open the emulator's own storage alone"
            )


def pool_identity(identities: PoolIdentities) -> Document:
    """Write what a pool says of its identities."""
    return {
        "type": "UserAssigned",
        "userAssignedIdentities": [
            {
                "resourceId": each.resource_id,
                "clientId": each.client_id,
                "principalId": each.principal_id,
            }
            for each in identities.all
        ],
    }


def _places(body: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each file's source or destination that refers to an identity, with the reference's name.

    Walked by hand: a body may be nested deep.
    """
    waiting = [("", body)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            # A pool may have a tag of that name.
            if isinstance(value.get(_REFERENCE), dict):
                yield f"{name}{_REFERENCE}", value
            for key, content in value.items():
                if isinstance(content, _NESTED):
                    waiting.append((f"{name}{key}.", content))
        elif isinstance(value, list):
            place = name.removesuffix(".")
            waiting += [(f"{place}[{index}].", content) for index, content in enumerate(value)]
