"""Resource files: fetched into a task's working directory before its command runs.

Those of a container are listed, which its SAS must allow, and keep their whole names below the
path that is given. Where two have one path, the later one is taken.
"""

from __future__ import annotations

import os
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from batchff.emulator.nodes.transfer import (
    Storage,
    TransferError,
    bare,
    blob_url,
    check_cancelled,
)
from batchff.emulator.state.model import Document, Failure

_CHUNK = 1 << 20
_ATTEMPTS = 3
_AT_A_TIME = 8
_DEFAULT_MODE = 0o770
_API_VERSION = "2021-12-02"


def fetch_resource_files(
    storage: Storage,
    resource_files: Iterable[Document],
    directory: Path,
    cancelled: threading.Event,
) -> None:
    """Fetch all of a task's files. Raises TransferError, Cancelled, OSError."""
    files: dict[Path, tuple[str, int]] = {}
    check = partial(check_cancelled, cancelled)
    for resource_file in resource_files:
        mode = int(resource_file["fileMode"], 8) if "fileMode" in resource_file else _DEFAULT_MODE
        for url, path in _sources(storage, resource_file, check):
            check_cancelled(cancelled)
            files[_inside(directory, path)] = (url, mode)
    for folder in {target.parent: None for target in files}:
        folder.mkdir(parents=True, exist_ok=True)
    _fetch_all(storage, files, cancelled)


def _fetch_all(
    storage: Storage, files: Mapping[Path, tuple[str, int]], cancelled: threading.Event
) -> None:
    """Fetch several files at a time; when one can't be, the others are given up."""
    failed = threading.Event()

    def check() -> None:
        check_cancelled(cancelled)
        check_cancelled(failed)

    def fetch(target: Path, url: str, mode: int) -> None:
        _fetch(storage, url, target, check)
        target.chmod(mode)

    with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="resource-files") as threads:
        fetching = [
            threads.submit(fetch, target, url, mode) for target, (url, mode) in files.items()
        ]
        try:
            wait(fetching, return_when=FIRST_EXCEPTION)
            errors = [future.exception() for future in fetching if future.done()]
        finally:
            failed.set()
    for error in errors:
        if error is not None:
            raise error


def _sources(
    storage: Storage, resource_file: Document, check: Callable[[], None]
) -> Iterator[tuple[str, str]]:
    """Give the URL of each file and its path below the working directory."""
    path = resource_file.get("filePath", "")
    if "httpUrl" in resource_file:
        yield _url(storage, resource_file, "httpUrl"), path
        return
    container = _container(storage, resource_file)
    for name in _blob_names(storage, container, resource_file.get("blobPrefix", ""), check):
        yield blob_url(container, name), os.path.join(path, name)


def _container(storage: Storage, resource_file: Document) -> str:
    if "autoStorageContainerName" not in resource_file:
        return _url(storage, resource_file, "storageContainerUrl")
    name = resource_file["autoStorageContainerName"]
    url = storage.auto_storage_url(name)
    if url is None:
        raise TransferError(_denied((("FilePath", name),)))
    return url


def _url(storage: Storage, resource_file: Document, name: str) -> str:
    url = storage.url_of(resource_file, name)
    if url is None:
        raise TransferError(_denied((("FilePath", bare(resource_file[name])),)))
    return url


def _blob_names(
    storage: Storage, container: str, prefix: str, check: Callable[[], None]
) -> Iterator[str]:
    """List a container ("List Blobs"), page by page."""
    parts = urlsplit(container)
    marker = ""
    while True:
        query = f"restype=container&comp=list&prefix={quote(prefix, safe='')}"
        query += f"&marker={quote(marker, safe='')}" if marker else ""
        url = urlunsplit(parts._replace(query=f"{query}&{parts.query}".rstrip("&")))
        try:
            response = storage.request(
                "GET", url, headers={"x-ms-version": _API_VERSION}, check=check
            )
        except HTTPError as error:
            raise TransferError(_unreachable(container, error)) from None
        if response.status != 200:
            raise TransferError(_refused(container, response))
        listed = ElementTree.fromstring(response.data)
        for name in listed.iterfind("Blobs/Blob/Name"):
            yield name.text or ""
        marker = listed.findtext("NextMarker") or ""
        if not marker:
            return


def _fetch(storage: Storage, url: str, target: Path, check: Callable[[], None]) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _fetch_once(storage, url, target, check)
            return
        except HTTPError as error:
            # What can be sent again was, as often as is worth it; what broke off in the middle not.
            if attempt == _ATTEMPTS or isinstance(error, MaxRetryError):
                raise TransferError(_unreachable(url, error)) from None


def _fetch_once(storage: Storage, url: str, target: Path, check: Callable[[], None]) -> None:
    check()
    headers = {"x-ms-version": _API_VERSION}
    response = storage.request("GET", url, headers=headers, streamed=True, check=check)
    try:
        if response.status != 200:
            raise TransferError(_refused(url, response))
        with target.open("wb") as file:
            for chunk in response.stream(_CHUNK):
                check()
                file.write(chunk)
    except OSError:
        target.unlink(missing_ok=True)  # where the disk is full, others need the room
        raise
    finally:
        response.close()  # read to its end, it has given its connection back


def _inside(directory: Path, path: str) -> Path:
    target = Path(os.path.normpath(directory / path))
    if "\0" in path or target == directory or not target.is_relative_to(directory):
        message = "The file's path leads out of the task's working directory"
        raise TransferError(
            Failure("ResourceFileCreateFailed", message, (("FilePath", path[:200]),))
        )
    return target


def _refused(url: str, response: urllib3.BaseHTTPResponse) -> Failure:
    details = (("FilePath", bare(url)), ("StatusCode", str(response.status)))
    if response.status == 404:
        message = "The specified Azure Blob(s) are not found"
        return Failure("BlobNotFound", message, details)
    if response.status in (401, 403):
        return _denied(details)
    return Failure(
        "BlobDownloadMiscError",
        "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)",
        details,
    )


def _denied(details: tuple[tuple[str, str], ...]) -> Failure:
    message = "Access for one of the specified Azure Blob(s) is denied"
    return Failure("BlobAccessDenied", message, details)


def _unreachable(url: str, error: HTTPError) -> Failure:
    return Failure(
        "BlobDownloadMiscError",
        "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)",
        (("FilePath", bare(url)), ("Message", type(error).__name__)),
    )
