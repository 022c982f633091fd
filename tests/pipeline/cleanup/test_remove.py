"""A cleanup keeps its promise in every order of events."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from azure.batch import models
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.errors import BatchffError, NotFoundError
from batchff.events import Event
from batchff.events.cleanup import Kept, Removed
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolStatus
from batchff.pipeline.cleanup.remove import remove
from batchff.pipeline.cleanup.scope import Found, Scope
from tests.azurite import ACCOUNT as AZURITE_ACCOUNT
from tests.azurite import KEY as AZURITE_KEY
from tests.azurite import running_azurite
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.emulator.blob.servers import BlobServer
from tests.emulator.running import Connection, wait_until
from tests.pipeline.cleanup.accounts import Account
from tests.pipeline.cleanup.conftest import account_in
from tests.pipeline.recorder import Recorder

MADE = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def azurite(azurite_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    folder = tmp_path_factory.mktemp("azurite")
    with running_azurite(azurite_program, folder, "--inMemoryPersistence") as url:
        yield BlobServer("azurite", url, AZURITE_ACCOUNT, AZURITE_KEY)


@pytest.fixture(params=["emulated", "azurite"])
def either_account(service: Connection, request: pytest.FixtureRequest) -> Iterator[Account]:
    """An account with each of the two Blob services in turn."""
    yield from account_in(service, request.getfixturevalue(request.param))


@pytest.fixture
def azurite_account(service: Connection, azurite: BlobServer) -> Iterator[Account]:
    yield from account_in(service, azurite)


# Jobs and pools


def test_a_job_whose_name_was_taken_again_stays(account: Account) -> None:
    account.make_job("again")
    found = account.find()
    account.client.begin_delete_job("again", polling_interval=0).wait()
    account.make_job("again", made=2)

    told = account.remove(found)

    assert account.jobs() == {"again": 2}
    reason = "it was made again by somebody since it was listed"
    assert told.of(Kept) == [Kept("job", "again", reason)]


def test_a_job_that_only_went_on_since_goes(account: Account) -> None:
    account.make_job("going-on")
    found = account.find()
    account.client.update_job("going-on", models.BatchJobUpdateOptions(priority=7))

    assert account.remove(found).of(Removed) == [Removed("job", "going-on")]
    assert account.jobs() == {}


def test_the_newest_come_first_as_in_other_lists(account: Account) -> None:
    for name in ("b-first", "c-second", "a-third"):
        account.make_pool(name)
        account.make_job(name)

    found = account.find()

    assert [job.id for job in found.jobs] == ["a-third", "c-second", "b-first"]
    assert [pool.id for pool in found.pools] == ["a-third", "c-second", "b-first"]


def test_a_pool_that_is_still_resizing_goes(account: Account) -> None:
    account.make_pool("resizing", nodes=2)
    found = account.find()

    assert account.remove(found).of(Kept) == []
    assert account.pools() == {}


def test_a_pool_that_a_new_job_uses_stays(account: Account) -> None:
    account.make_pool("shared")
    found = account.find()
    account.make_job("new", "SHARED")

    told = account.remove(found)

    assert account.pools() == {"shared": 0}
    assert [kept.reason for kept in told.of(Kept)] == ["a job uses it since it was listed"]


def test_a_pool_goes_while_its_job_still_runs(account: Account) -> None:
    account.make_pool("busy", nodes=1)
    account.make_job("running", "busy")
    account.client.create_task(
        "running", models.BatchTaskCreateOptions(id="long", command_line="sleep 600")
    )
    wait_until(lambda: account.client.get_task("running", "long").state == "running")

    account.remove(account.find())

    wait_until(lambda: not list(account.client.list_jobs()))
    wait_until(lambda: not list(account.client.list_pools()))


def test_a_pool_outlives_its_job_and_is_found_by_the_jobs_name(account: Account) -> None:
    account.make_pool("left", job="gone")
    assert [pool.id for pool in account.find(Scope("gone", pool=True)).pools] == ["left"]
    with pytest.raises(NotFoundError):
        account.find(Scope("gone"))


# Services in the middle of something, which no emulator stays in for long


@contextmanager
def batch_that_says(*answers: tuple[int, str]) -> Iterator[Batch]:
    """A Batch service that answers DELETE so, the last one for ever; its jobs never change."""
    left = list(answers)
    standing = {"id": "thing", "state": "active", "creationTime": MADE.isoformat(), "eTag": "0x1"}
    body = {**standing, "metadata": [{"name": "batchff", "value": "1"}], "poolInfo": {}}

    class Busy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer leaves in one piece

        def do_DELETE(self) -> None:
            status, code = left.pop(0) if len(left) > 1 else left[0]
            self._answer(status, {"code": code, "message": {"value": code}} if code else None)

        def do_GET(self) -> None:
            is_list = self.path.startswith(("/jobs?", "/pools?"))
            self._answer(200, {"value": []} if is_list else body)

        def _answer(self, status: int, document: object) -> None:
            data = json.dumps(document).encode() if document else b""
            self.send_response(status)
            self.send_header("request-id", "1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            credential = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
            yield Batch(f"http://127.0.0.1:{server.server_port}", credential)
        finally:
            server.shutdown()
            thread.join()


POOL = PoolStatus(
    "thing",
    "active",
    "resizing",
    "",
    2,
    0,
    False,
    (),
    {},
    created=MADE,
    etag="0x1",
    batchff=PoolFacts(),
)
JOB = JobStatus("thing", "active", "", {}, MADE, etag="0x1", batchff=JobFacts())


def cleaned(batch: Batch, account: Account, left: Found) -> tuple[Recorder, list[float]]:
    recorder, pauses = Recorder(), list[float]()
    remove(left, batch, account.storage, recorder, pause=pauses.append)
    return recorder, pauses


def test_a_pool_that_cant_be_deleted_while_it_resizes_is_tried_again(account: Account) -> None:
    with batch_that_says((409, "PoolBeingResized"), (409, "PoolBeingResized"), (202, "")) as batch:
        recorder, pauses = cleaned(batch, account, Found(pools=(POOL,)))
    assert recorder.events == [Removed("pool", "thing")]
    assert len(pauses) == 2


def test_what_another_is_deleting_already_is_as_good_as_gone(account: Account) -> None:
    with batch_that_says((409, "PoolBeingDeleted")) as batch:
        recorder, _ = cleaned(batch, account, Found(pools=(POOL,)))
    assert recorder.events == [Removed("pool", "thing")]
    with batch_that_says((409, "JobBeingDeleted")) as batch:
        recorder, _ = cleaned(batch, account, Found(jobs=(JOB,)))
    assert recorder.events == [Removed("job", "thing")]
    with batch_that_says((404, "JobNotFound")) as batch:
        recorder, _ = cleaned(batch, account, Found(jobs=(JOB,)))
    assert recorder.events == [Removed("job", "thing")]


@pytest.mark.parametrize("code", ["PoolBeingResized", "ConditionNotMet", "AccountDisabled"])
def test_a_refusal_that_lasts_is_an_error_after_all_else_was_done(
    code: str, account: Account
) -> None:
    account.make_container(account.inputs)
    account.put(account.inputs, "set/a.mp4")
    rest = account.find()
    recorder = Recorder()
    with (
        batch_that_says((412 if code == "ConditionNotMet" else 409, code)) as batch,
        pytest.raises(BatchffError, match=f"1 of 3 things could not be removed: .*{code}"),
    ):
        left = Found(pools=(POOL,), blobs=rest.blobs, containers=rest.containers)
        remove(left, batch, account.storage, recorder, pause=lambda _: None)
    assert account.storage.container(account.inputs) is None
    assert [kept.name for kept in recorder.of(Kept)] == ["thing"]


# Blobs and containers


def test_a_blob_that_was_overwritten_or_made_since_stays(either_account: Account) -> None:
    account = either_account
    account.make_container(account.inputs)
    for name in ("set/a.mp4", "set/b.mp4", "set/c.mp4"):
        account.put(account.inputs, name)
    account.put(account.inputs, "theirs.mp4", ours=False)
    found = account.find()
    account.put(account.inputs, "set/b.mp4", made=2)
    account.put(account.inputs, "set/d.mp4", made=2)
    account.blobs.get_blob_client(account.inputs, "set/c.mp4").delete_blob()

    told = account.remove(found)

    assert account.stored(account.inputs) == {"set/b.mp4": 2, "set/d.mp4": 2, "theirs.mp4": 0}
    assert told.of(Kept) == [
        Kept("blobs", f"{account.inputs}/", "2 made or changed since they were listed")
    ]


def test_someone_elses_container_of_the_same_name_stays_without_batchffs_blobs(
    either_account: Account,
) -> None:
    account = either_account
    account.make_container(account.inputs, ours=False)
    account.put(account.inputs, "set/a.mp4")

    account.remove(account.find())

    assert account.storage.container(account.inputs) is not None
    assert account.stored(account.inputs) == {}


def test_a_container_into_which_somebody_put_a_blob_stays(either_account: Account) -> None:
    account = either_account
    account.make_container(account.outputs)
    account.put(account.outputs, "job/node/encode.sh")

    def react(event: Event) -> None:
        if isinstance(event, Removed) and event.what == "blobs":
            account.put(account.outputs, "theirs", ours=False)

    told = account.remove(account.find(), Recorder(react))

    assert account.stored(account.outputs) == {"theirs": 0}
    assert told.of(Kept) == [Kept("container", account.outputs, "it isn't empty")]


def test_a_container_that_was_made_again_stays(either_account: Account) -> None:
    account = either_account
    account.make_container(account.inputs)
    found = account.find()
    account.blobs.delete_container(account.inputs)
    account.make_container(account.inputs, ours=False)

    told = account.remove(found)

    assert account.storage.container(account.inputs) is not None
    assert [kept.what for kept in told.of(Kept)] == ["container"]


def test_all_containers_of_batchffs_are_found_whatever_their_name(account: Account) -> None:
    other = f"{account.inputs}-other"
    account.make_container(other)
    account.put(other, "set/a.mp4")
    found = account.find()
    assert other in [info.name for info in found.containers]
    account.remove(found)
    assert account.storage.container(other) is None


def test_a_leased_blob_is_told_and_the_rest_goes(azurite_account: Account) -> None:
    account = azurite_account
    account.make_container(account.outputs)
    for name in ("job/media/a.mp3", "job/media/b.mp3"):
        account.put(account.outputs, name, ours=False)
    for name in ("job/node/encode.sh", "other/node/encode.sh"):
        account.put(account.outputs, name)
    lease = account.blobs.get_blob_client(account.outputs, "job/media/a.mp3").acquire_lease()
    found = account.find()

    with pytest.raises(BatchffError, match=r"1 of 5 things .* 'job/media/a.mp3': LeaseIdMissing"):
        account.remove(found)

    # The script marks the folder's outputs as batchff's, so it stays with them.
    assert account.stored(account.outputs).keys() == {"job/media/a.mp3", "job/node/encode.sh"}
    lease.break_lease(0)
    account.remove(account.find())
    assert account.storage.container(account.outputs) is None


def test_outputs_without_their_job_can_be_removed(account: Account) -> None:
    account.make_container(account.outputs)
    account.put(account.outputs, "gone/node/encode.sh")
    account.put(account.outputs, "gone/media/a.mp3", ours=False)
    account.put(account.outputs, "gone-too/node/encode.sh")

    account.remove(account.find(Scope("gone", outputs=True)))

    assert account.stored(account.outputs).keys() == {"gone-too/node/encode.sh"}
    with pytest.raises(NotFoundError, match="there is no job 'gone'"):
        account.find(Scope("gone", outputs=True))


def test_a_jobs_retries_go_with_it(account: Account) -> None:
    account.make_container(account.outputs)
    account.put(account.outputs, "first/node/encode.sh")
    account.put(account.outputs, "first/media/a.mp3", ours=False)
    account.make_job("first")
    account.make_job("first-retry", retry_of="first")
    account.make_job("first-retry-2", retry_of="first")
    account.make_job("first-of-another")

    assert account.find(Scope(outputs=True)).blobs == ()  # they are still at it
    assert [job.id for job in account.find(Scope("first-retry")).jobs] == ["first-retry"]
    with pytest.raises(BatchffError, match="are among those of 'first'"):
        account.find(Scope("first-retry", outputs=True))

    account.remove(account.find(Scope("FIRST", outputs=True)))

    assert account.jobs().keys() == {"first-of-another"}
    assert account.stored(account.outputs) == {}


def test_outputs_that_jobs_still_make_stay_without_a_word(account: Account) -> None:
    account.make_container(account.outputs)
    for name in ("ended", "running"):
        account.put(account.outputs, f"{name}/node/encode.sh")
        account.put(account.outputs, f"{name}/media/a.mp3", ours=False)
    account.make_job("running")

    told = account.remove(account.find(Scope(outputs=True)))

    assert account.stored(account.outputs).keys() == {
        "running/media/a.mp3",
        "running/node/encode.sh",
    }
    assert told.of(Kept) == []


def running_job(account: Account, name: str) -> Found:
    account.make_container(account.outputs)
    account.put(account.outputs, f"{name}/node/encode.sh")
    account.make_job(name)
    return account.find(Scope(name, outputs=True))


def test_what_a_running_job_still_sends_goes_with_it(account: Account) -> None:
    found = running_job(account, "running")

    def react(event: Event) -> None:
        if isinstance(event, Removed) and event.what == "job":
            account.put(account.outputs, "running/media/late.mp3", ours=False)

    assert account.remove(found, Recorder(react)).of(Kept) == []
    assert account.stored(account.outputs) == {}


def test_what_a_job_of_the_same_name_sends_stays(account: Account) -> None:
    found = running_job(account, "running")

    def react(event: Event) -> None:
        if isinstance(event, Removed) and event.what == "job":
            account.make_job("running", made=2)
            account.put(account.outputs, "running/node/encode.sh", made=2)
            account.put(account.outputs, "running/media/new.mp3", ours=False, made=2)

    account.remove(found, Recorder(react))

    assert account.stored(account.outputs) == {
        "running/node/encode.sh": 2,
        "running/media/new.mp3": 2,
    }
    assert account.jobs() == {"running": 2}


def test_two_cleanups_at_the_same_time_both_end_well(either_account: Account) -> None:
    account = either_account
    account.make_container(account.inputs)
    for number in range(30):
        account.put(account.inputs, f"set/{number}.mp4")
    for name in ("one", "two", "three"):
        account.make_job(name)
        account.make_pool(name)
    listings = [account.find(), account.find()]
    barrier = threading.Barrier(2)
    ended: list[Recorder | BaseException] = []

    def clean(found: Found) -> None:
        barrier.wait()
        try:
            ended.append(account.remove(found))
        except BaseException as error:
            ended.append(error)

    threads = [threading.Thread(target=clean, args=(found,)) for found in listings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.of(Kept) if isinstance(each, Recorder) else each for each in ended] == [[], []]
    assert (account.jobs(), account.pools()) == ({}, {})
    assert account.storage.container(account.inputs) is None
