"""Shared access signatures.

After "Create an account SAS", "Create a service SAS" and "Create a user delegation SAS".
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address

from batchff.emulator.blob.protocol.errors import (
    AUTHORIZATION_PROTOCOL_MISMATCH,
    AUTHORIZATION_SERVICE_MISMATCH,
    AUTHORIZATION_SOURCE_IP_MISMATCH,
    StorageError,
    authentication_failed,
    not_implemented,
)
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.signing import delegation
from batchff.emulator.blob.signing.delegation import key_of_sas, parse_time
from batchff.emulator.blob.signing.shared_key import same, sign
from batchff.emulator.root import Account

_DELEGATION = ("skoid", "sktid", "skt", "ske", "sks", "skv")
_CORRELATION = "scid"
PARAMETERS = frozenset(
    {"sv", "ss", "srt", "sr", "sp", "st", "se", "sip", "spr", "sig", *_DELEGATION, _CORRELATION}
)
RESPONSE_HEADERS = {
    "rscc": "cache-control",
    "rscd": "content-disposition",
    "rsce": "content-encoding",
    "rscl": "content-language",
    "rsct": "content-type",
}
# Versions whose signed text gained a field; older than the first, the rules were others.
_FIRST_VERSION = "2015-04-05"
_SIGNS_RESOURCE = "2018-11-09"
_SIGNS_AGENTS = "2020-02-10"
_SIGNS_ENCRYPTION_SCOPE = "2020-12-06"
_SIGNS_DELEGATED_USER = "2025-07-05"
_SIGNS_REQUEST = "2026-04-06"
_REFUSED = {
    "si": "stored access policies",
    "ses": "encryption scopes",
    "saoid": "an authorized user",
    "suoid": "an unauthorized user",
    "skdutid": "a delegated user's tenant",
    "sduoid": "a delegated user",
    "srh": "request headers",
    "srq": "request parameters",
}


def verify_sas(request: Request, account: Account, now: datetime) -> None:
    """Raise a 403 unless the signature is the account's, and holds now, from here, this way.

    What the signature permits is checked later, against the operation.
    """
    query = request.query
    version = query.get("sv", "")
    if not same(request.account, account.name) or version < _FIRST_VERSION:
        raise authentication_failed("Signed version or account is not valid.")
    key = account.key
    if "srt" in query:
        signed = _account_text(request, account, version)
    else:
        signed = _service_text(request, account, version)
        if "skoid" in query:
            key = key_of_sas(query, account, now)
    if not same(sign(key, signed), query["sig"]):
        raise authentication_failed("Signature did not match.")
    for name, what in _REFUSED.items():
        if name in query:
            raise not_implemented(f"a SAS with {what} ({name})")
    _verify_times(request, now)
    if "srt" in query and "b" not in query.get("ss", ""):
        raise StorageError(AUTHORIZATION_SERVICE_MISMATCH)
    if request.scheme not in query.get("spr", request.scheme).split(","):
        raise StorageError(AUTHORIZATION_PROTOCOL_MISMATCH)
    if "sip" in query and not _in_range(request.client_host, query["sip"]):
        raise StorageError(AUTHORIZATION_SOURCE_IP_MISMATCH)


def _account_text(request: Request, account: Account, version: str) -> str:
    names = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"]
    if version >= _SIGNS_ENCRYPTION_SCOPE:
        names.append("ses")
    return "\n".join([account.name, *(request.query.get(name, "") for name in names), ""])


def _service_text(request: Request, account: Account, version: str) -> str:
    resource = f"/blob/{account.name}/{request.container}"
    if request.query.get("sr") == "b" and request.blob:
        resource += f"/{request.blob}"
    elif request.query.get("sr") != "c":
        raise authentication_failed("The signed resource (sr) must be a blob or a container.")
    query = request.query
    delegated = "skoid" in query
    if delegated and version < delegation.FIRST_VERSION:
        raise authentication_failed("Signed version is not valid.")
    signers = _signers(version) if delegated else ("si",)
    fields = [
        *(query.get(name, "") for name in ("sp", "st", "se")),
        resource,
        *(query.get(name, "") for name in (*signers, "sip", "spr", "sv")),
    ]
    if version >= _SIGNS_RESOURCE:
        snapshot = ""
        fields += [query["sr"], snapshot]
    if version >= _SIGNS_ENCRYPTION_SCOPE:
        fields.append(query.get("ses", ""))
    if delegated and version >= _SIGNS_REQUEST:
        for name in ("srh", "srq"):
            if name in query:
                raise not_implemented(f"a SAS with {_REFUSED[name]} ({name})")
            fields.append("")
    fields += [query.get(name, "") for name in RESPONSE_HEADERS]
    return "\n".join(fields)


def _signers(version: str) -> tuple[str, ...]:
    """Name the parameters that say whose a user delegation SAS is, in their order."""
    names: tuple[str, ...] = _DELEGATION
    if version >= _SIGNS_AGENTS:
        names = (*names, "saoid", "suoid", _CORRELATION)
    if version >= _SIGNS_DELEGATED_USER:
        names = (*names, "skdutid", "sduoid")
    return names


def _verify_times(request: Request, now: datetime) -> None:
    expiry = parse_time(request.query.get("se", ""))
    if expiry is None or expiry <= now:
        raise authentication_failed("Signature not valid in the specified time frame: expired.")
    if "st" in request.query:
        start = parse_time(request.query["st"])
        if start is None or start > now:
            raise authentication_failed("Signature not valid in the specified time frame: early.")


def _in_range(host: str, allowed: str) -> bool:
    """Whether an address is `first`, or from `first` to `last` of `first-last`."""
    first, _, last = allowed.partition("-")
    try:
        low, address, high = (ip_address(each) for each in (first, host, last or first))
    except ValueError:
        return False
    same_family = low.version == address.version == high.version
    return same_family and int(low) <= int(address) <= int(high)
