"""The files of tasks and nodes: list, read, look at, delete."""

from __future__ import annotations

import mimetypes
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from batchff.emulator.batch.operations.jobs.tasks import find_task
from batchff.emulator.batch.operations.pools.nodes import find_node
from batchff.emulator.batch.protocol.call import Call, changed
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items
from batchff.emulator.batch.protocol.odata import Property
from batchff.emulator.batch.protocol.preconditions import Version, check_conditions
from batchff.emulator.batch.rendering.resources import file_url, node_url, task_url
from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.state.model import Document
from batchff.emulator.state.times import SECOND, etag_of, format_time, http_date

_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(\d+)-(\d*)", re.ASCII)
_PROPERTIES = {"name": Property("name")}


def list_task_files(call: Call) -> Response:
    """List the files of a task's directory."""
    root, url = _task_root(call)
    return _list(call, root, url)


def download_task_file(call: Call) -> Response:
    """Send a file of a task, or the range of it that is asked for."""
    root, url = _task_root(call)
    return _download(call, root, url)


def get_task_file_properties(call: Call) -> Response:
    """Give size, type and times of a file of a task, as headers."""
    root, url = _task_root(call)
    return _properties(call, root, url)


def delete_task_file(call: Call) -> Response:
    """Delete a file or directory of a task."""
    root, _ = _task_root(call)
    return _delete(call, root)


def list_node_files(call: Call) -> Response:
    """List the files of a node."""
    root, url = _node_root(call)
    return _list(call, root, url)


def download_node_file(call: Call) -> Response:
    """Send a file of a node, or the range of it that is asked for."""
    root, url = _node_root(call)
    return _download(call, root, url)


def get_node_file_properties(call: Call) -> Response:
    """Give size, type and times of a file of a node, as headers."""
    root, url = _node_root(call)
    return _properties(call, root, url)


def delete_node_file(call: Call) -> Response:
    """Delete a file or directory of a node."""
    root, _ = _node_root(call)
    return _delete(call, root)


def _task_root(call: Call) -> tuple[Path, str]:
    job, task = find_task(call)
    if task.node is None:
        raise BatchError("TaskFilesUnavailable", {"Reason": "The task is on no node"})
    root = call.services.root.nodes / task.node / task_directory(job.id, task.id)
    if not root.is_dir():
        raise BatchError("TaskFilesUnavailable", {"Reason": "They are gone from the node"})
    return root, task_url(call.endpoint, job.id, task.id)


def _node_root(call: Call) -> tuple[Path, str]:
    pool, node = find_node(call)
    root = call.services.root.nodes / node.id
    return root, node_url(call.endpoint, pool.id, node.id)


def _find(call: Call, root: Path) -> Path:
    """Give the file that the path names; nothing outside of the root is ever found."""
    name = call.parameters["filePath"].rstrip("/")
    if "\0" in name:
        raise BatchError("FileNotFound")
    path = root / name
    # os.path rather than Path, which raises for links in a circle and for names that can't be.
    resolved, inside = os.path.realpath(path), os.path.realpath(root)
    if not resolved.startswith(f"{inside}{os.sep}"):
        raise BatchError("FileNotFound")
    if not (os.path.isfile(path) or os.path.isdir(path)):
        raise BatchError("FileNotFound", {"Reason": "It is no file and no directory"})
    return path


def _list(call: Call, root: Path, url: str) -> Response:
    recursive = call.request.flag("recursive")
    items = []
    for path in _walk(root, recursive):
        name = path.relative_to(root).as_posix()
        items.append(({"name": name}, _document(path, name, url)))
    return answer_items(call, items, _PROPERTIES, "files")


def _walk(folder: Path, recursive: bool) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:  # its task may remove it, or close it to others, at any moment
        return
    for path in paths:
        yield path
        if recursive and path.is_dir() and not path.is_symlink():
            yield from _walk(path, recursive)


def _document(path: Path, name: str, url: str) -> Document:
    try:
        state = path.stat()
    except OSError:  # gone by now, or a link that leads nowhere
        state = None
    document: Document = {
        "name": os.fsencode(name).decode(errors="replace"),
        "url": file_url(url, name),
        "isDirectory": state is not None and stat.S_ISDIR(state.st_mode),
    }
    if state is not None and stat.S_ISREG(state.st_mode):
        document["properties"] = {
            "creationTime": format_time(_ticks(state.st_ctime_ns)),
            "lastModified": format_time(_ticks(state.st_mtime_ns)),
            "contentLength": str(state.st_size),
            "contentType": _content_type(path),
            "fileMode": _mode(state),
        }
    return document


def _properties(call: Call, root: Path, url: str) -> Response:
    path = _find(call, root)
    state = path.stat()
    _check(call, state)
    headers = _headers(call, path, state, url)
    headers["Content-Length"] = str(0 if path.is_dir() else state.st_size)
    return Response(headers=headers)


def _download(call: Call, root: Path, url: str) -> Response:
    """Answer with status 200 for a part of a file too, as the service does."""
    path = _find(call, root)
    state = path.stat()
    _check(call, state)
    if path.is_dir():
        raise BatchError("FileNotFound", {"Reason": "It is a directory"})
    first, length = _range(call, state.st_size)
    headers = _headers(call, path, state, url)
    headers["Content-Length"] = str(length)
    return StreamingResponse(_read(path, first, length), headers=headers)


def _range(call: Call, size: int) -> tuple[int, int]:
    header = call.request.headers.get("ocp-range")
    if header is None:
        return 0, size
    match = _RANGE.fullmatch(header.strip())
    if match is None:
        raise BatchError("InvalidHeaderValue", {"HeaderName": "ocp-range", "HeaderValue": header})
    first = int(match[1])
    last = min(int(match[2]) if match[2] else size - 1, size - 1)
    if first >= size or last < first:
        raise BatchError("InvalidRange", {"Size": size})
    return first, last - first + 1


def _read(path: Path, first: int, length: int) -> Iterator[bytes]:
    """Read as much as the headers promised, and no more: a task's file grows while it runs."""
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(length, _CHUNK))):
            length -= len(chunk)
            yield chunk


def _delete(call: Call, root: Path) -> Response:
    path = _find(call, root)
    recursive = call.request.flag("recursive")
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    elif recursive:
        shutil.rmtree(path)
    elif any(path.iterdir()):
        raise BatchError("OperationInvalidForCurrentState", {"Reason": "It isn't empty"})
    else:
        path.rmdir()
    return changed(call, 200)


def _headers(call: Call, path: Path, state: os.stat_result, url: str) -> dict[str, str]:
    modified = _ticks(state.st_mtime_ns)
    return {
        "Content-Type": _content_type(path),
        "ETag": etag_of(modified),
        "Last-Modified": http_date(modified),
        "ocp-creation-time": http_date(_ticks(state.st_ctime_ns)),
        "ocp-batch-file-isdirectory": str(path.is_dir()).lower(),
        "ocp-batch-file-mode": _mode(state),
        "ocp-batch-file-url": quote(file_url(url, call.parameters["filePath"]), safe=""),
    }


def _check(call: Call, state: os.stat_result) -> None:
    check_conditions(call.request, Version(_ticks(state.st_mtime_ns)))


def _ticks(nanoseconds: int) -> int:
    return nanoseconds * SECOND // 10**9


def _mode(state: os.stat_result) -> str:
    return f"{stat.S_IFMT(state.st_mode) | stat.S_IMODE(state.st_mode):o}"


def _content_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
