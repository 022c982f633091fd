"""Identities of pools: managed identities that exist on this machine alone.

In the cloud a pool is given them by Azure Resource Manager, and its nodes get tokens of Entra ID
for them. Here all pools have the same ones, and they open the emulator's own storage account.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from batchff.emulator.blob.signing.shared_key import sign
from batchff.emulator.root import Account

_VERSION = "2021-12-02"
_LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PoolIdentity:
    """A user-assigned identity."""

    resource_id: str

    @property
    def client_id(self) -> str:
        """Its client id, made from the resource id: the same at each start."""
        return self._id("client")

    @property
    def principal_id(self) -> str:
        """Its principal id, made from the resource id: the same at each start."""
        return self._id("principal")

    def _id(self, kind: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.resource_id.lower()}#{kind}"))


class PoolIdentities:
    """The identities that all pools have, and what they open."""

    def __init__(
        self,
        resource_ids: Sequence[str],
        account: Account,
        endpoint: str,
        now: Callable[[], datetime],
    ) -> None:
        """Open one storage account to them; `endpoint` is its URL."""
        self.all = tuple(PoolIdentity(each) for each in resource_ids)
        self._known = {each.lower() for each in resource_ids}
        self._account = account
        self._endpoint = endpoint
        self._now = now

    def has(self, resource_id: str) -> bool:
        """Tell whether the pools have an identity; ids are compared without case."""
        return resource_id.lower() in self._known

    def reach(self, url: str) -> bool:
        """Tell whether a URL is of the storage that they open."""
        return url.startswith(f"{self._endpoint}/")

    def signed(self, url: str, resource_id: str) -> str | None:
        """Give a URL that is open to who has the identity, or None where it opens nothing.

        It has an account SAS for a day, and must go to nobody.
        """
        if not (self.has(resource_id) and self.reach(url)):
            return None
        parts = urlsplit(url)
        query = "&".join(filter(None, (parts.query, self._sas())))
        return urlunsplit(parts._replace(query=query))

    def auto_storage(self, container: str) -> str:
        """Give the URL of a container in what is the Batch account's auto-storage too.

        It is open to nodes without an identity, and signed like that of one.
        """
        return f"{self._endpoint}/{quote(container, safe='')}?{self._sas()}"

    def _sas(self) -> str:
        expiry = (self._now().astimezone(UTC) + _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
        given = {"sp": "rwlc", "ss": "b", "srt": "co", "se": expiry, "sv": _VERSION}
        names = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
        lines = [self._account.name, *(given.get(name, "") for name in names), ""]
        return urlencode(given | {"sig": sign(self._account.key, "\n".join(lines))})
