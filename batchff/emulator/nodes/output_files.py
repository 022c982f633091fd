"""Output files: sent to a container when a task's command has ended.

A pattern is relative to the task's working directory. Without a wildcard the destination's path
is the blob's name; with one it is the folder to which the matched path is added. What was sent
and what failed is written to fileuploadout.txt and fileuploaderr.txt in the task's directory.
"""

from __future__ import annotations

import base64
import glob
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit, urlunsplit
from xml.sax.saxutils import escape

import urllib3
from urllib3.exceptions import HTTPError

from batchff.emulator.nodes.node import Workplace
from batchff.emulator.nodes.transfer import (
    Storage,
    TransferError,
    bare,
    blob_url,
    check_cancelled,
)
from batchff.emulator.state.model import Document, Failure

_LARGEST_PUT = 256 << 20
_BLOCK = 64 << 20
_API_VERSION = "2021-12-02"
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})", re.ASCII)


def send_output_files(
    storage: Storage,
    output_files: list[Document],
    place: Workplace,
    environment: Mapping[str, str],
    succeeded: bool,
    cancelled: threading.Event,
) -> Failure | None:
    """Send what is due after this outcome; give the first failure, after all have been tried."""
    failure = None
    out, err = place.root / "fileuploadout.txt", place.root / "fileuploaderr.txt"
    with out.open("w") as sent, err.open("w") as failed:
        for output_file in output_files:
            if not is_due(output_file, succeeded):
                continue
            container = output_file["destination"]["container"]
            matches = list(_matches(output_file, place.working_directory, environment))
            if not matches:
                sent.write(f"Nothing matches {output_file['filePattern']}\n")
            for path, name in matches:
                check_cancelled(cancelled)
                target = bare(blob_url(container["containerUrl"], name))
                try:
                    send_file(storage, path, container, name, partial(check_cancelled, cancelled))
                except TransferError as error:
                    failed.write(f"{path}: {error} {target}\n")
                    failure = failure or error.failure
                else:
                    sent.write(f"{path} -> {target}\n")
    return failure


def is_due(output_file: Document, succeeded: bool) -> bool:
    """Tell whether an output file is to be sent after this outcome."""
    wanted = {"taskcompletion", "tasksuccess" if succeeded else "taskfailure"}
    return output_file["uploadOptions"]["uploadCondition"].lower() in wanted


def _matches(
    output_file: Document, directory: Path, environment: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Give each file that a pattern matches, with its blob's name."""
    pattern = _VARIABLE.sub(
        lambda match: environment.get(match[1] or match[2], ""), output_file["filePattern"]
    )
    destination = output_file["destination"]["container"].get("path", "")
    whole = os.path.normpath(directory / pattern)
    if not glob.has_magic(pattern):
        if os.path.isfile(whole):
            yield Path(whole), destination or os.path.basename(whole)
        return
    base = whole
    while glob.has_magic(base):
        base = os.path.dirname(base)
    for found in sorted(glob.glob(whole, recursive=True)):
        if os.path.isfile(found):
            name = os.path.relpath(found, base)
            yield Path(found), f"{destination.rstrip('/')}/{name}" if destination else name


def send_file(
    storage: Storage,
    path: Path,
    container: Document,
    name: str,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Send a file to a destination, as a blob of this name.

    By "Put Blob", or by "Put Block" and "Put Block List" for a large one. Raises TransferError, and
    what `check` raises while it waits to try again.
    """
    open_url = storage.url_of(container, "containerUrl")
    if open_url is None:
        raise TransferError(_denied(container["containerUrl"]))
    url = blob_url(open_url, name)
    properties = {"x-ms-blob-content-type": "application/octet-stream"}
    for header in container.get("uploadHeaders", []):
        properties[header["name"].lower()] = header.get("value", "")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if size <= _LARGEST_PUT:
                headers = {"x-ms-blob-type": "BlockBlob", "Content-Length": str(size)}
                _put(storage, url, file if size else b"", headers | properties, check)
            else:
                _send_blocks(storage, file, url, properties, check)
    except HTTPError as error:
        raise TransferError(_misc(url, type(error).__name__)) from None
    except OSError as error:
        raise TransferError(_misc(url, error.strerror or "unreadable")) from None


def send_bytes(
    storage: Storage,
    content: bytes,
    container: Document,
    name: str,
    check: Callable[[], None],
) -> None:
    """Send what is no file to a destination, as a blob of this name. Raises TransferError."""
    open_url = storage.url_of(container, "containerUrl")
    if open_url is None:
        raise TransferError(_denied(container["containerUrl"]))
    url = blob_url(open_url, name)
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Length": str(len(content))}
    try:
        _put(storage, url, content, headers, check)
    except HTTPError as error:
        raise TransferError(_misc(url, type(error).__name__)) from None


def _send_blocks(
    storage: Storage,
    file: BinaryIO,
    url: str,
    properties: Mapping[str, str],
    check: Callable[[], None],
) -> None:
    parts = urlsplit(url)
    names: list[str] = []
    while block := file.read(_BLOCK):
        name = base64.b64encode(f"{len(names):08d}".encode()).decode()
        query = f"comp=block&blockid={quote(name, safe='')}&{parts.query}".rstrip("&")
        _put(storage, urlunsplit(parts._replace(query=query)), block, {}, check)
        names.append(name)
    listed = "".join(f"<Latest>{escape(name)}</Latest>" for name in names)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
    query = f"comp=blocklist&{parts.query}".rstrip("&")
    _put(storage, urlunsplit(parts._replace(query=query)), body, properties, check)


def _put(
    storage: Storage,
    url: str,
    body: bytes | BinaryIO,
    headers: Mapping[str, str],
    check: Callable[[], None],
) -> None:
    headers = {"x-ms-version": _API_VERSION, "Content-Type": "application/octet-stream", **headers}
    response = storage.request("PUT", url, headers=headers, body=body, check=check)
    if response.status != 201:
        raise TransferError(_refused(url, response))


def _refused(url: str, response: urllib3.BaseHTTPResponse) -> Failure:
    if response.status == 404:
        return Failure(
            "FileUploadContainerNotFound",
            "The Azure Storage container specified for output files does not exist",
            (("ContainerUrl", bare(url)),),
        )
    if response.status in (401, 403):
        return _denied(url)
    return _misc(url, f"status {response.status}")


def _denied(url: str) -> Failure:
    return Failure(
        "FileUploadAccessDenied",
        "Access to the Azure Storage container specified for output files is denied",
        (("ContainerUrl", bare(url)),),
    )


def _misc(url: str, reason: str) -> Failure:
    return Failure(
        "FileUploadMiscError",
        "Miscellaneous error encountered while uploading one of the output files",
        (("ContainerUrl", bare(url)), ("Message", reason)),
    )
