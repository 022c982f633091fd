"""User delegation keys, after "Get User Delegation Key" and "Create a user delegation SAS".

A key is derived from the account's own and from the SAS without its signature, so none is
stored and all hold as long as they say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batchff.emulator.blob.protocol.errors import authentication_failed
from batchff.emulator.entra_tokens import Principal
from batchff.emulator.root import Account

LONGEST = timedelta(days=7)
FIRST_VERSION = "2018-11-09"
_SERVICE = "b"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class UserDelegationKey:
    """What a key is for; times are whole seconds."""

    principal: Principal
    start: datetime
    expiry: datetime
    version: str

    def fields(self) -> dict[str, str]:
        """Give the elements of the service's answer."""
        return {
            "SignedOid": self.principal.object_id,
            "SignedTid": self.principal.tenant_id,
            "SignedStart": _text(self.start),
            "SignedExpiry": _text(self.expiry),
            "SignedService": _SERVICE,
            "SignedVersion": self.version,
        }

    def value(self, account: Account) -> str:
        """Make the key itself, in base64.

        With another hash than signatures, or it would be one under the account's key.
        """
        text = "\n".join(self.fields().values())
        content = text.encode(errors="surrogateescape")
        digest = hmac.digest(base64.b64decode(account.key), content, hashlib.sha512)
        return base64.b64encode(digest[:_KEY_BYTES]).decode()


def key_of_sas(query: Mapping[str, str], account: Account, now: datetime) -> str:
    """Make the key that a user delegation SAS says it is signed with; 403 outside of its time."""
    start, expiry = (parse_time(query.get(name, "")) for name in ("skt", "ske"))
    if start is None or expiry is None or query.get("sks") != _SERVICE:
        raise authentication_failed("The signed key's start, expiry or service is not valid.")
    if not start <= now < expiry:
        raise authentication_failed("Signature not valid in the specified key time frame.")
    principal = Principal(query.get("skoid", ""), query.get("sktid", ""))
    return UserDelegationKey(principal, start, expiry, query.get("skv", "")).value(account)


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 time, by default of UTC; None where it isn't one."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
