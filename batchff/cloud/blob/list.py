"""List a container's blobs, page by page: a tenth of the SDK's work for each."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from batchff.cloud.blob.requests import BlobRequests, Target
from batchff.cloud.http.foreign_answers import unusable
from batchff.errors import NotFoundError
from batchff.model.blob_facts import read_blob_facts
from batchff.model.files import BlobInfo


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
    target = Target(container, "", f"listing container {container!r}")
    query = "restype=container&comp=list"
    if prefix:
        query += f"&prefix={quote(prefix, safe='')}"
    if metadata:
        query += "&include=metadata"
    page = query
    while page:
        try:
            answer = requests.send(target, "GET", page)
        except NotFoundError:
            return
        try:
            root = ElementTree.fromstring(answer)
            blobs = [_info(blob) for blob in root.iterfind("Blobs/Blob")]
        except (ElementTree.ParseError, ValueError) as error:
            raise unusable(f"the answer can't be read ({error})", target.doing) from error
        yield from blobs
        marker = root.findtext("NextMarker")
        page = f"{query}&marker={quote(marker, safe='')}" if marker else ""


def _info(blob: Element) -> BlobInfo:
    name = blob.find("Name")
    properties = blob.find("Properties")
    if name is None or properties is None:
        raise ValueError("a blob without a name or properties")
    text = name.text or ""
    metadata = {fact.tag: fact.text or "" for fact in blob.iterfind("Metadata/*")}
    md5 = properties.findtext("Content-MD5")
    return BlobInfo(
        # So written where it has characters that XML can't have.
        unquote(text) if name.get("Encoded") == "true" else text,
        int(properties.findtext("Content-Length", "0")),
        parsedate_to_datetime(properties.findtext("Last-Modified", "")),
        b64decode(md5) if md5 else None,
        metadata,
        properties.findtext("Etag", "").strip('"'),
        read_blob_facts(metadata),
        (properties.findtext("AccessTier") or "").lower(),
        # Accounts with a hierarchical namespace have folders, other programs' markers end so.
        properties.findtext("ResourceType") == "directory" or text.endswith("/"),
    )
