from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage, connect_storage
from batchff.errors import ServiceError
from batchff.model.tasks import TaskSpec
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.storage_servers import download_to

PAGE = b'<html><head><meta name="portal"></head><body>Welcome &nbsp; to our Wi-Fi</body></html>'
FOREIGN = re.escape("something else than the service answered")
MIB = 1024 * 1024
TASK = TaskSpec("t", "t", "sh", (), (), timedelta(hours=1))

Headers = dict[str, str]


@contextmanager
def answering(
    status: int, body: bytes = PAGE, headers: Headers | None = None, *, foreign: bool = True
) -> Iterator[str]:
    """Give the address of what has one answer to everything, as a network's sign-in page has."""

    class Portal(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(status)
            said = {"Content-Type": "text/html", "Content-Length": str(len(body))}
            for name, value in {**said, **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    with serving_at(Portal, foreign=foreign) as url:
        yield url


def storage_at(url: str) -> Storage:
    return connect_storage(f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a")


def batch_at(url: str) -> Batch:
    return Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING))


def upload(storage: Storage, folder: Path, size: int) -> object:
    source = folder / "film.mp4"
    source.write_bytes(bytes(size))
    return storage.upload_file("c", "b", source, metadata={}, bytes_done=lambda _: None)


STORAGE: dict[str, Callable[[Storage, Path], object]] = {
    "container": lambda storage, _: storage.container("c"),
    "make a container": lambda storage, _: storage.ensure_container("c", {}),
    "delete a container": lambda storage, _: storage.delete_container("c"),
    "containers": lambda storage, _: list(storage.containers()),
    "list": lambda storage, _: list(storage.list_blobs("c")),
    "blob": lambda storage, _: storage.blob_info("c", "b"),
    "read": lambda storage, _: storage.read_piece("c", "b", 0, 10),
    "read the end": lambda storage, _: storage.read_end("c", "b", 10),
    "download": lambda storage, folder: download_to(folder / "copy", storage, "c", "b"),
    "upload": lambda storage, folder: upload(storage, folder, 10),
    "upload in blocks": lambda storage, folder: upload(storage, folder, 9 * MIB),
    "delete": lambda storage, _: storage.delete_blob("c", "b"),
}

BATCH: dict[str, Callable[[Batch], object]] = {
    "job": lambda batch: batch.jobs.get("job"),
    "jobs": lambda batch: list(batch.jobs.all()),
    "delete a job": lambda batch: batch.jobs.delete("job"),
    "end after tasks": lambda batch: batch.jobs.end_after_tasks("job"),
    "add tasks": lambda batch: batch.tasks.add("job", [TASK]),
    "tasks": lambda batch: list(batch.tasks.all("job")),
    "counts": lambda batch: batch.tasks.counts("job"),
    "node's file": lambda batch: batch.tasks.read_file("job", "t", "stderr.txt"),
    "pool": lambda batch: batch.pools.get("pool"),
    "nodes": lambda batch: list(batch.pools.nodes("pool")),
    "delete a pool": lambda batch: batch.pools.delete("pool"),
}


@pytest.mark.parametrize("status", [200, 302, 404])
@pytest.mark.parametrize("ask", STORAGE.values(), ids=STORAGE)
def test_a_page_in_place_of_storages_answer_is_one_error(
    ask: Callable[[Storage, Path], object], status: int, tmp_path: Path
) -> None:
    with answering(status) as url, pytest.raises(ServiceError, match=FOREIGN) as raised:
        ask(storage_at(url), tmp_path)
    assert "sign-in page" in raised.value.hint


@pytest.mark.parametrize("status", [200, 302, 404])
@pytest.mark.parametrize("ask", BATCH.values(), ids=BATCH)
def test_a_page_in_place_of_batchs_answer_is_one_error(
    ask: Callable[[Batch], object], status: int
) -> None:
    with answering(status) as url, pytest.raises(ServiceError, match=FOREIGN) as raised:
        ask(batch_at(url))
    assert "sign-in page" in raised.value.hint


@pytest.mark.parametrize(
    "body",
    [PAGE, b"", b"<EnumerationResults><Blobs><Blob></Blob></Blobs></EnumerationResults>"],
    ids=["page", "nothing", "no name"],
)
def test_a_listing_that_cannot_be_read_is_one_error(body: bytes) -> None:
    with answering(200, body, foreign=False) as url, pytest.raises(ServiceError, match="be read"):
        list(storage_at(url).list_blobs("c"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": '"1"', "Last-Modified": "yesterday"},
        {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT", "Content-MD5": "x"},
        {"Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"},
    ],
    ids=["none", "no time", "no hash", "no ETag"],
)
def test_what_a_blob_is_that_cannot_be_read_is_one_error(headers: Headers, tmp_path: Path) -> None:
    with answering(200, b"film", headers, foreign=False) as url:
        storage = storage_at(url)
        for name in ("blob", "download"):
            with pytest.raises(ServiceError, match="be read"):
                STORAGE[name](storage, tmp_path)


@pytest.mark.parametrize("name", ["job", "jobs", "tasks", "counts", "pool", "nodes"])
def test_json_that_is_none_is_one_error(name: str) -> None:
    with answering(200, foreign=False) as url, pytest.raises(ServiceError, match="be read"):
        BATCH[name](batch_at(url))
