"""The XML documents that the service sends and reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from batchff.emulator.blob.protocol.errors import INVALID_XML_DOCUMENT, StorageError
from batchff.emulator.blob.protocol.headers import DEFAULT_TIER, http_date
from batchff.emulator.blob.protocol.leases import lease_facts
from batchff.emulator.blob.store.leases import Lease
from batchff.emulator.blob.store.listing import Page
from batchff.emulator.blob.store.records import Blob, Container, Piece

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLOCK_LISTS = ("Committed", "Uncommitted", "Latest")

SERVICE_PROPERTIES = (
    f"{_DECLARATION}<StorageServiceProperties>"
    "<Logging><Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>"
    "<HourMetrics><Version>1.0</Version><Enabled>false</Enabled>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></HourMetrics>"
    "<MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></MinuteMetrics>"
    "<Cors /><DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"
    "<StaticWebsite><Enabled>false</Enabled></StaticWebsite></StorageServiceProperties>"
)


@dataclass(frozen=True, slots=True)
class BlockReference:
    """One entry of Put Block List: a block, and which blocks to look for it in."""

    among: str
    block_id: str


def error_document(code: str, message: str, details: Mapping[str, str]) -> str:
    """Write the body of an error."""
    elements = "".join(_element(name, value) for name, value in details.items())
    return (
        f"{_DECLARATION}<Error>{_element('Code', code)}{_element('Message', message)}"
        f"{elements}</Error>"
    )


def container_list(
    endpoint: str,
    asked: Mapping[str, str],
    containers: Sequence[Container],
    next_marker: str,
    include: Set[str],
    now: int,
) -> str:
    """The answer of List Containers; `asked` are the request's parameters, to be repeated."""
    items = "".join(
        f"<Container>{_element('Name', container.name)}<Properties>"
        f"{_element('Last-Modified', http_date(container.modified))}"
        f"{_element('Etag', container.etag)}"
        f"{_lease(container.lease, now)}"
        "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>"
        f"</Properties>{_metadata(container.metadata) if 'metadata' in include else ''}</Container>"
        for container in containers
    )
    return (
        f"{_DECLARATION}<EnumerationResults ServiceEndpoint={quoteattr(endpoint)}>"
        f"{_asked(asked)}<Containers>{items}</Containers>"
        f"{_element('NextMarker', next_marker)}</EnumerationResults>"
    )


def blob_list(
    endpoint: str,
    container: str,
    asked: Mapping[str, str],
    page: Page,
    next_marker: str,
    include: Set[str],
    now: int,
) -> str:
    """The answer of List Blobs; `asked` are the request's parameters, to be repeated."""
    items = "".join(
        _blob(entry, include, now)
        if isinstance(entry, Blob)
        else f"<BlobPrefix>{_name(entry)}</BlobPrefix>"
        for entry in page.entries
    )
    return (
        f"{_DECLARATION}<EnumerationResults ServiceEndpoint={quoteattr(endpoint)}"
        f" ContainerName={quoteattr(container)}>{_asked(asked)}<Blobs>{items}</Blobs>"
        f"{_element('NextMarker', next_marker)}</EnumerationResults>"
    )


def block_list(committed: Sequence[Piece] | None, uncommitted: Sequence[Piece] | None) -> str:
    """The answer of Get Block List; None for a list that wasn't asked for."""
    lists = ""
    for name, blocks in (("CommittedBlocks", committed), ("UncommittedBlocks", uncommitted)):
        if blocks is not None:
            items = "".join(
                f"<Block>{_element('Name', block.block_id)}<Size>{block.length}</Size></Block>"
                for block in blocks
            )
            lists += f"<{name}>{items}</{name}>"
    return f"{_DECLARATION}<BlockList>{lists}</BlockList>"


def parse_block_list(document: bytes) -> list[BlockReference]:
    """Read the body of Put Block List."""
    root = _parsed(document)
    references = [BlockReference(entry.tag, (entry.text or "").strip()) for entry in root]
    if root.tag != "BlockList" or any(each.among not in _BLOCK_LISTS for each in references):
        raise StorageError(INVALID_XML_DOCUMENT)
    return references


def parse_key_info(document: bytes) -> dict[str, str]:
    """Read the body of Get User Delegation Key: its elements, which are texts."""
    root = _parsed(document)
    if root.tag != "KeyInfo":
        raise StorageError(INVALID_XML_DOCUMENT)
    return {entry.tag: (entry.text or "").strip() for entry in root}


def user_delegation_key(fields: Mapping[str, str], value: str) -> str:
    """Write a user delegation key."""
    elements = "".join(_element(name, text) for name, text in fields.items())
    return (
        f"{_DECLARATION}<UserDelegationKey>{elements}{_element('Value', value)}</UserDelegationKey>"
    )


def _parsed(document: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(document)
    except ElementTree.ParseError:
        raise StorageError(INVALID_XML_DOCUMENT) from None


def _blob(blob: Blob, include: Set[str], now: int) -> str:
    properties = blob.properties
    copy = _copy(blob) if "copy" in include else ""
    metadata = _metadata(blob.metadata) if "metadata" in include else ""
    return (
        f"<Blob>{_name(blob.name)}<Properties>"
        f"{_element('Creation-Time', http_date(blob.created))}"
        f"{_element('Last-Modified', http_date(blob.modified))}{_element('Etag', blob.etag)}"
        f"<Content-Length>{blob.size}</Content-Length>"
        f"{_element('Content-Type', properties.content_type)}"
        f"{_element('Content-Encoding', properties.content_encoding)}"
        f"{_element('Content-Language', properties.content_language)}"
        f"{_element('Content-MD5', properties.content_md5)}"
        f"{_element('Cache-Control', properties.cache_control)}"
        f"{_element('Content-Disposition', properties.content_disposition)}"
        f"{_type(blob)}{_lease(blob.lease, now)}<ServerEncrypted>true</ServerEncrypted>"
        f"{copy}</Properties>{metadata}</Blob>"
    )


def _lease(lease: Lease | None, now: int) -> str:
    facts = lease_facts(lease, now)
    return "".join(_element(f"Lease{name.title()}", value) for name, value in facts.items())


def _type(blob: Blob) -> str:
    if blob.appended is not None:
        return _element("BlobType", "AppendBlob")
    tier = _element("BlobType", "BlockBlob") + _element("AccessTier", blob.tier or DEFAULT_TIER)
    if blob.tier_changed is None:
        return f"{tier}<AccessTierInferred>true</AccessTierInferred>"
    return f"{tier}{_element('AccessTierChangeTime', http_date(blob.tier_changed))}"


def _copy(blob: Blob) -> str:
    if blob.copy is None:
        return ""
    return (
        f"{_element('CopyId', blob.copy.id)}{_element('CopySource', blob.copy.source)}"
        f"<CopyStatus>success</CopyStatus><CopyProgress>{blob.size}/{blob.size}</CopyProgress>"
        f"{_element('CopyCompletionTime', http_date(blob.copy.completed))}"
    )


def _name(name: str) -> str:
    """A blob's name, percent-encoded and marked so where XML can't carry it (2021-02-12 on)."""
    if _NOT_FOR_XML.search(name):
        return f'<Name Encoded="true">{quote(name)}</Name>'
    return f"<Name>{_escaped(name)}</Name>"


def _metadata(metadata: Mapping[str, str]) -> str:
    return f"<Metadata>{''.join(_element(k, v) for k, v in metadata.items())}</Metadata>"


def _asked(query: Mapping[str, str]) -> str:
    names = {"Prefix": "prefix", "Marker": "marker", "MaxResults": "maxresults"}
    names["Delimiter"] = "delimiter"
    return "".join(_element(name, query.get(parameter)) for name, parameter in names.items())


def _element(name: str, value: str | None) -> str:
    if value is None:
        return ""
    return f"<{name}>{_escaped(_NOT_FOR_XML.sub(chr(0xFFFD), value))}</{name}>"


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
