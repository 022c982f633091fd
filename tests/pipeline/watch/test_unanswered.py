"""Stages whose service is busy for longer: each waits, and none longer than it's wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.storage import Storage, connect_storage
from batchff.errors import TimedOutError
from batchff.model.items import count_items
from batchff.pipeline.job.feed import TaskFeed
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.parallel import StopFlag, Stopped, in_parallel
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.watch.watch import Watching, watch_to_end
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

SECONDS = 20.0


class Busy(BaseHTTPRequestHandler):
    """Asks everybody to come back much later."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(503)
        self.send_header("Retry-After", "200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


class Services:
    """Both services, busy; `waited` is set once somebody waits for one."""

    def __init__(self, url: str) -> None:
        self.waited = threading.Event()
        retrying = Retrying(lambda line: self.waited.set())
        self.batch = Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING), retrying=retrying)
        text = f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"
        self.storage = connect_storage(text, retrying)


@pytest.fixture
def busy() -> Iterator[Services]:
    with serving_at(Busy) as url:
        yield Services(url)


def test_a_watch_is_not_longer_than_its_timeout(busy: Services) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOutError, match="isn't done after"):
        watch_to_end("job", busy.batch, busy.storage, Recorder(), Watching(timeout=0.1))
    assert time.monotonic() - began < SECONDS
    assert busy.waited.is_set()


def test_a_feed_that_waits_is_cancelled_at_once(busy: Services) -> None:
    items = plan_items([InputFile("a.mp4", 1)], input_set="s", job="j", recipes=(preset_recipe(),))
    plan = JobPlan(
        job="j",
        pool="p",
        input_set="s",
        input_container="in",
        output_container="out",
        recipes=(preset_recipe(),),
        counts=count_items(items),
        inputs="",
    )
    with TaskFeed(plan, busy.batch, busy.storage, Recorder()) as feed:
        feed.put(items[0])
        assert busy.waited.wait(SECONDS)
        began = time.monotonic()
        feed.cancel()
        assert time.monotonic() - began < SECONDS
        feed.raise_error()


def blob(storage: Storage) -> object:
    return storage.blob_info("c", "b")


def container(storage: Storage) -> object:
    return storage.container("c")


@pytest.mark.parametrize("ask", [blob, container])
def test_work_that_waits_is_stopped_from_outside(
    ask: Callable[[Storage], object], busy: Services
) -> None:
    stop = StopFlag()

    def work(_: int, __: StopFlag) -> object:
        return ask(busy.storage)

    def stop_soon() -> None:
        busy.waited.wait(SECONDS)
        stop.set()

    stopper = threading.Thread(target=stop_soon)
    stopper.start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        list(in_parallel(work, range(3), stop=stop))
    assert time.monotonic() - began < SECONDS
    stopper.join()
