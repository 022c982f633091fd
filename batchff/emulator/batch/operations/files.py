"""The files of tasks and nodes: list, read, look at, delete."""

from __future__ import annotations

import mimetypes
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from batchff.emulator.batch.operations.jobs.tasks import find_task
from batchff.emulator.batch.operations.pools.nodes import find_node
from batchff.emulator.batch.protocol.call import Call, done
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items
from batchff.emulator.batch.protocol.odata import Property
from batchff.emulator.batch.protocol.preconditions import Version, check_conditions
from batchff.emulator.batch.rendering.resources import file_url, node_url, task_url
from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.state.model import Document
from batchff.emulator.state.pool_defaults import runs_windows
from batchff.emulator.state.times import SECOND, format_time, http_date

_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(\d+)-(\d*)", re.ASCII)
_PROPERTIES = {"name": Property("name")}
_CERTIFICATES = "certs"
_RANKS = {"wd": 0, "stderr.txt": 1, _CERTIFICATES: 2, "stdout.txt": 3}
"""The order in which a Linux node of the service lists what it makes itself; not that of names."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The directory whose files are asked for."""

    root: Path
    url: str
    windows: bool
    """Whether its node is said to run Windows: its names and properties are written so."""


def list_task_files(call: Call) -> Response:
    """List the files of a task's directory."""
    return _list(call, _of_task(call))


def download_task_file(call: Call) -> Response:
    """Send a file of a task, or the range of it that is asked for."""
    return _download(call, _of_task(call))


def get_task_file_properties(call: Call) -> Response:
    """Give size, type and times of a file of a task, as headers."""
    return _properties(call, _of_task(call))


def delete_task_file(call: Call) -> Response:
    """Delete a file or directory of a task."""
    return _delete(call, _of_task(call))


def list_node_files(call: Call) -> Response:
    """List the files of a node."""
    return _list(call, _of_node(call))


def download_node_file(call: Call) -> Response:
    """Send a file of a node, or the range of it that is asked for."""
    return _download(call, _of_node(call))


def get_node_file_properties(call: Call) -> Response:
    """Give size, type and times of a file of a node, as headers."""
    return _properties(call, _of_node(call))


def delete_node_file(call: Call) -> Response:
    """Delete a file or directory of a node."""
    return _delete(call, _of_node(call))


def _of_task(call: Call) -> _Place:
    job, task = find_task(call)
    if task.node is None or task.pool is None:
        raise BatchError("TaskFilesUnavailable", {"Reason": "The task is on no node"})
    root = call.services.root.nodes / task.node / task_directory(job.id, task.id)
    if not root.is_dir():
        raise BatchError("TaskFilesUnavailable", {"Reason": "They are gone from the node"})
    pool = call.store.pools.find(task.pool)
    windows = pool is not None and runs_windows(pool.document)
    return _Place(root, task_url(call.endpoint, job.id, task.id), windows)


def _of_node(call: Call) -> _Place:
    pool, node = find_node(call)
    root = call.services.root.nodes / node.id
    url = node_url(call.endpoint, pool.id, node.id)
    return _Place(root, url, runs_windows(pool.document))


def _name(call: Call, place: _Place) -> str:
    """Give the path that is asked for; Windows takes both kinds of slashes."""
    name = call.parameters["filePath"]
    return name.replace("\\", "/") if place.windows else name


def _find(call: Call, place: _Place) -> Path:
    """Give the file that the path names; nothing outside of the root is ever found."""
    name, root = _name(call, place).rstrip("/"), place.root
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


def _list(call: Call, place: _Place) -> Response:
    items = []
    for path in _walk(place, call.request.flag("recursive")):
        name = path.relative_to(place.root).as_posix()
        if place.windows:
            name = name.replace("/", "\\")
        items.append(({"name": name}, _document(path, name, place)))
    return answer_items(call, items, _PROPERTIES, "files")


def _walk(place: _Place, recursive: bool) -> Iterator[Path]:
    """Give the files, one level after the other."""
    folders = [place.root]
    while folders:
        found = [path for folder in folders for path in _files_in(folder, place)]
        yield from found
        folders = []
        if recursive:
            folders = [path for path in found if path.is_dir() and not path.is_symlink()]


def _files_in(folder: Path, place: _Place) -> list[Path]:
    try:
        paths = list(folder.iterdir())
    except OSError:  # its task may remove it, or close it to others, at any moment
        return []
    if place.windows:
        return sorted(path for path in paths if path.name != _CERTIFICATES)
    return sorted(paths, key=lambda path: (_RANKS.get(path.name, len(_RANKS)), path))


def _document(path: Path, name: str, place: _Place) -> Document:
    try:
        state = path.stat()
    except OSError:  # gone by now, or a link that leads nowhere
        state = None
    document: Document = {
        "name": os.fsencode(name).decode(errors="replace"),
        "url": f"{place.url}/files/{name}" if place.windows else file_url(place.url, name),
        "isDirectory": state is not None and stat.S_ISDIR(state.st_mode),
    }
    if state is not None and stat.S_ISREG(state.st_mode):
        document["properties"] = {
            "lastModified": format_time(_ticks(state.st_mtime_ns)),
            "contentLength": str(state.st_size),
            "contentType": _content_type(path),
        }
        if place.windows:
            document["properties"]["creationTime"] = format_time(_ticks(state.st_ctime_ns))
        else:
            document["properties"]["fileMode"] = _mode(state)
    return document


def _properties(call: Call, place: _Place) -> Response:
    path = _find(call, place)
    state = path.stat()
    _check(call, state)
    headers = _headers(call, path, state, place)
    headers["Content-Length"] = str(0 if path.is_dir() else state.st_size)
    return Response(headers=headers)


def _download(call: Call, place: _Place) -> Response:
    """Answer with status 200 for a part of a file too, as the service does."""
    path = _find(call, place)
    state = path.stat()
    _check(call, state)
    if path.is_dir():
        raise BatchError("FileNotFound", {"Reason": "It is a directory"})
    first, length = _range(call, state.st_size)
    headers = _headers(call, path, state, place)
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


def _delete(call: Call, place: _Place) -> Response:
    path = _find(call, place)
    recursive = call.request.flag("recursive")
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif recursive:
            shutil.rmtree(path)
        elif any(path.iterdir()):
            raise BatchError("OperationInvalidForCurrentState", {"Reason": "It isn't empty"})
        else:
            path.rmdir()
    except FileNotFoundError:
        pass  # something else removes it just now
    except OSError as error:
        reason = error.strerror or "It can't be deleted"
        raise BatchError("OperationInvalidForCurrentState", {"Reason": reason}) from None
    return done(200)


def _headers(call: Call, path: Path, state: os.stat_result, place: _Place) -> dict[str, str]:
    headers = {
        "Content-Type": _content_type(path),
        "Last-Modified": http_date(_ticks(state.st_mtime_ns)),
        "ocp-batch-file-isdirectory": str(path.is_dir()),
        "ocp-batch-file-url": quote(file_url(place.url, _name(call, place)), safe=""),
    }
    if place.windows:
        headers["ocp-creation-time"] = http_date(_ticks(state.st_ctime_ns))
    else:
        headers["ocp-batch-file-mode"] = _mode(state)
    return headers


def _check(call: Call, state: os.stat_result) -> None:
    check_conditions(call.request, Version(_ticks(state.st_mtime_ns)))


def _ticks(nanoseconds: int) -> int:
    return nanoseconds * SECOND // 10**9


def _mode(state: os.stat_result) -> str:
    return f"0o{stat.S_IFMT(state.st_mode) | stat.S_IMODE(state.st_mode):o}"


def _content_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
