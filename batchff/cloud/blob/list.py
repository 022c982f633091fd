"""List a container's blobs, page by page: a tenth of the SDK's work for each."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from batchff.cloud.blob.requests import BlobRequests, Target
from batchff.cloud.http.foreign_answers import unusable
from batchff.errors import NotFoundError
from batchff.model.blob_facts import read_blob_facts
from batchff.model.files import BlobInfo

Read = TypeVar("Read")


def has_container(requests: BlobRequests, container: str) -> bool:
    """Return whether a container exists, by listing one blob: a list-only SAS can't do more."""
    target = Target(container, "", f"container {container!r}")
    query = "restype=container&comp=list&maxresults=1"
    try:
        requests.send(target, "GET", query)
    except NotFoundError:
        return False
    return True


def list_blobs(
    requests: BlobRequests, container: str, prefix: str, *, metadata: bool
) -> Iterator[BlobInfo]:
    """Yield the blobs whose names begin with the prefix; none where there's no container."""
    more = "&include=metadata" if metadata else ""
    return _listed(requests, container, prefix, more, "Blobs/Blob", _info)


def list_folders(requests: BlobRequests, container: str, prefix: str) -> Iterator[str]:
    """Yield the folders whose names begin with the prefix, each with a slash at its end."""
    return _listed(requests, container, prefix, "&delimiter=%2F", "Blobs/BlobPrefix", _name)


def _listed(
    requests: BlobRequests,
    container: str,
    prefix: str,
    more: str,
    path: str,
    read: Callable[[Element], Read],
) -> Iterator[Read]:
    target = Target(container, "", f"listing container {container!r}")
    query = "restype=container&comp=list"
    if prefix:
        query += f"&prefix={quote(prefix, safe='')}"
    query += more
    page = query
    while page:
        try:
            answer = requests.send(target, "GET", page)
        except NotFoundError:
            return
        try:
            root = ElementTree.fromstring(answer)
            found = [read(element) for element in root.iterfind(path)]
        except (ElementTree.ParseError, ValueError) as error:
            raise unusable(f"the answer can't be read ({error})", target.doing) from error
        yield from found
        marker = root.findtext("NextMarker")
        page = f"{query}&marker={quote(marker, safe='')}" if marker else ""


def _name(element: Element) -> str:
    name = element.find("Name")
    if name is None:
        raise ValueError("no name")
    text = name.text or ""
    # So written where it has characters that XML can't have.
    return unquote(text) if name.get("Encoded") == "true" else text


def _info(blob: Element) -> BlobInfo:
    name = _name(blob)
    properties = blob.find("Properties")
    if properties is None:
        raise ValueError("a blob without properties")
    metadata = {fact.tag: fact.text or "" for fact in blob.iterfind("Metadata/*")}
    md5 = properties.findtext("Content-MD5")
    return BlobInfo(
        name,
        int(properties.findtext("Content-Length", "0")),
        parsedate_to_datetime(properties.findtext("Last-Modified", "")),
        b64decode(md5) if md5 else None,
        metadata,
        properties.findtext("Etag", "").strip('"'),
        read_blob_facts(metadata),
        (properties.findtext("AccessTier") or "").lower(),
        # Accounts with a hierarchical namespace have folders, other programs' markers end so.
        properties.findtext("ResourceType") == "directory" or name.endswith("/"),
    )
