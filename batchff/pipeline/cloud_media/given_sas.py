"""What a SAS that the user gave allows, and until when: read before anything is asked or made.

After "Create a service SAS" and "Create an account SAS". The signature is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from batchff.errors import UsageError

_MAKE_ONE = "az storage container generate-sas --permissions rl --expiry TIME"
_NEEDED = f"make one that may read and list: {_MAKE_ONE}"
_HARMFUL = {
    "w": "write",
    "c": "make blobs",
    "a": "append to blobs",
    "d": "delete",
    "x": "delete versions",
    "m": "move blobs",
}


@dataclass(frozen=True, slots=True)
class GivenSas:
    """What a SAS says of itself.

    `permissions` are letters; where a stored access policy has them, or the times, the SAS doesn't
    say them, and they are None. With `one_blob` it's for a single blob.
    """

    permissions: str | None
    starts: datetime | None
    ends: datetime | None
    one_blob: bool = False

    @property
    def excess(self) -> tuple[str, ...]:
        """What it allows beside reading and listing, in words."""
        given = self.permissions or ""
        return tuple(word for letter, word in _HARMFUL.items() if letter in given)


def read_sas(query: str, now: datetime) -> GivenSas:
    """Return what a URL's SAS says; raise UsageError for one that can't open media now."""
    facts = dict(parse_qsl(query))
    if not facts.get("sig"):
        raise UsageError(
            "the URL has no SAS, and without one another account's media can't be read",
            hint=f"{_NEEDED}; for the profile's own account write az://CONTAINER/PREFIX",
        )
    by_policy = "si" in facts
    ends = _moment(facts, "se")
    if ends is None and not by_policy:
        raise UsageError("the SAS doesn't say until when it's good", hint=_NEEDED)
    sas = GivenSas(
        None if by_policy and "sp" not in facts else facts.get("sp", ""),
        _moment(facts, "st"),
        ends,
        facts.get("sr") == "b",
    )
    lacks = [*_kinds_lacking(facts), *_permissions_lacking(sas)]
    if lacks:
        raise UsageError(f"the SAS doesn't allow to {' and to '.join(lacks)}", hint=_NEEDED)
    if ends is not None and ends <= now:
        raise UsageError(f"the SAS ended at {_text(ends)}", hint=f"make a new one: {_MAKE_ONE}")
    if sas.starts is not None and sas.starts > now:
        raise UsageError(
            f"the SAS is good only from {_text(sas.starts)} on", hint="wait, or make another"
        )
    return sas


def _kinds_lacking(facts: Mapping[str, str]) -> Iterator[str]:
    """Yield what a SAS of this kind never allows, whatever its permissions."""
    if "srt" in facts:
        kinds = facts["srt"]
        if "b" not in facts.get("ss", ""):
            yield "use Blob storage"
        if "o" not in kinds:
            yield "read blobs"
        if "c" not in kinds:
            yield "list a container's blobs"
    elif facts.get("sr") not in ("b", "c", "d"):
        yield "read a container, a folder or a blob"


def _permissions_lacking(sas: GivenSas) -> Iterator[str]:
    if sas.permissions is None:
        return
    if "r" not in sas.permissions:
        yield "read"
    if "l" not in sas.permissions and not sas.one_blob:
        yield "list"


def _moment(facts: Mapping[str, str], name: str) -> datetime | None:
    written = facts.get(name)
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(f"the SAS has a time that can't be read: {name}={written}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
