"""Outputs at a place that a user named: a cleanup takes a job's own, and never anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from batchff.events.cleanup import Kept, Removed
from batchff.model.blob_facts import BlobFacts
from batchff.model.items import Item, Output
from batchff.model.job_facts import JobFacts
from batchff.model.places import BlobPlace
from batchff.model.states import JobState
from batchff.pipeline.cleanup.scope import Found, Scope
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.plan_blob import plan_blob, send_plan
from batchff.pipeline.names import node_prefix
from tests.emulator.running import wait_until
from tests.pipeline.cleanup.accounts import Account


@dataclass(frozen=True)
class Results:
    """A container of the user's, where jobs write to."""

    account: Account
    container: str

    def place(self, prefix: str = "x") -> BlobPlace:
        return BlobPlace(self.container, prefix)

    def put(self, name: str, facts: BlobFacts | None = None) -> None:
        metadata = facts.metadata() if facts else {}
        self.account.storage.upload_bytes(self.container, name, b"media", metadata)

    def made_by(self, job: str, *names: str) -> None:
        for name in names:
            self.put(name, BlobFacts(job, is_output=True))

    def names(self) -> list[str]:
        return [blob.name for blob in self.account.storage.list_blobs(self.container)]

    def job(self, name: str, *outputs: str, source: BlobPlace | None = None) -> None:
        """Make a job that writes its outputs here, one of them a folder."""
        account, storage = self.account, self.account.storage
        account.make_container(account.outputs)
        to = self.place()
        facts = JobFacts(
            output_container=account.outputs,
            to=to.written,
            source=source.written if source else "",
        )
        account.batch.jobs.create(
            name,
            "no-pool",
            max_wall_clock=timedelta(days=1),
            metadata={**facts.metadata(), "made": "0"},
        )
        items = [
            Item(
                f"{output}.mov",
                1,
                f"in/{output}.mov",
                (Output(output, f"x/{output}", is_folder="." not in output),),
            )
            for output in outputs
        ]
        send_plan(name, items, account.outputs, storage, to.written)
        script = f"{node_prefix(name)}encode.sh"
        storage.upload_bytes(account.outputs, script, b"", BlobFacts(name).metadata())

    def end(self, job: str) -> None:
        self.account.batch.jobs.terminate(job, "enough")
        wait_until(lambda: require_job(job, self.account.batch).state == JobState.COMPLETED)


@pytest.fixture
def results(account: Account) -> Iterator[Results]:
    name = f"results-{uuid4().hex}"
    account.make_container(name, ours=False)
    yield Results(account, name)
    account.storage.delete_container(name)


def sets(found: Found) -> list[tuple[str, int]]:
    return [(blobs.prefix, blobs.count) for blobs in found.blobs]


def test_a_jobs_own_outputs_go_and_all_others_stay(account: Account, results: Results) -> None:
    results.job("tour", "a.mp3", "b.mp3", "film")
    results.made_by("tour", "x/a.mp3", "x/film/1.ts", "x/film.manifest")
    results.made_by("fair", "x/c.mp3")
    results.put("x/b.mp3")
    results.made_by("tour", "final/a.mp3", "x/copy of a.mp3")
    results.put("x/film/mine.txt")
    stays = ["final/a.mp3", "x/b.mp3", "x/c.mp3", "x/copy of a.mp3", "x/film/mine.txt"]

    found = account.find(Scope("tour", outputs=True))
    assert sets(found) == [("x/", 3), ("tour/", 2)]
    account.remove(found)

    assert results.names() == stays
    assert account.storage.container(results.container) is not None
    assert not list(account.storage.list_blobs(account.outputs))


@pytest.mark.parametrize("scope", [Scope(outputs=True), Scope(all=True)])
def test_the_plan_tells_what_is_there_when_its_job_is_gone(
    scope: Scope, account: Account, results: Results
) -> None:
    results.job("tour", "a.mp3")
    results.made_by("tour", "x/a.mp3")
    results.put("x/theirs.mp3")
    account.remove(account.find(Scope("tour")))
    wait_until(lambda: account.batch.jobs.get("tour") is None)

    found = account.find(scope)
    assert sets(found) == [("x/", 1), ("", 2)]
    account.remove(found)
    assert results.names() == ["x/theirs.mp3"]


def test_a_container_that_batchff_made_goes_once_nothing_is_left_in_it(
    account: Account, results: Results
) -> None:
    account.storage.delete_container(results.container)
    mine = Results(account, f"made-{uuid4().hex}")
    account.make_container(mine.container)
    mine.job("tour", "a.mp3")
    mine.made_by("tour", "x/a.mp3")
    mine.put("x/theirs.mp3")
    going = [info.name for info in account.find(Scope(all=True)).containers]
    assert mine.container not in going
    account.storage.delete_blob(mine.container, "x/theirs.mp3")

    account.remove(account.find(Scope(all=True)))
    assert account.storage.container(mine.container) is None


def test_without_a_job_what_is_still_being_made_stays(account: Account, results: Results) -> None:
    for job, output in (("done", "a.mp3"), ("runs", "b.mp3")):
        results.job(job, output)
        results.made_by(job, f"x/{output}")
    results.end("done")
    assert sets(account.find(Scope(outputs=True))) == [("x/", 1), ("", 2)]
    account.remove(account.find(Scope(outputs=True)))
    assert results.names() == ["x/b.mp3"]
    assert account.storage.blob_info(account.outputs, plan_blob("runs"))


def test_what_another_job_reads_stays_with_all_that_tells_of_it(
    account: Account, results: Results
) -> None:
    results.job("first", "a.mp3")
    results.made_by("first", "x/a.mp3")
    results.end("first")
    results.job("second", "b.mp3", source=results.place())
    for scope in (Scope("first", outputs=True), Scope(outputs=True)):
        assert sets(account.find(scope)) == []
    results.end("second")
    assert sets(account.find(Scope("first", outputs=True))) == [("x/", 1), ("first/", 2)]


def test_input_sets_and_outputs_that_a_job_reads_in_place_stay(
    account: Account, results: Results
) -> None:
    account.make_container(account.inputs)
    account.make_container(account.outputs)
    for name in ("one/a.mov", "two/a.mov"):
        account.put(account.inputs, name)
    for name in ("old/node/encode.sh", "old/media/a.mp3", "other/node/encode.sh"):
        account.put(account.outputs, name)
    results.job("reads-set", source=BlobPlace(account.inputs, "one/sub"))
    results.job("reads-outputs", source=BlobPlace(account.outputs, "old/media"))
    assert sets(account.find(Scope(inputs=True))) == [("two/", 1)]
    assert sets(account.find(Scope(outputs=True))) == [("", 2)]
    results.end("reads-set")
    results.end("reads-outputs")
    assert sets(account.find(Scope(inputs=True))) == [("one/", 1), ("two/", 1)]


def test_a_jobs_media_that_batchff_didnt_upload_is_in_no_scope(
    account: Account, results: Results
) -> None:
    results.put("in/a.mov")
    results.made_by("earlier", "in/b.mov")
    results.job("tour", "a.mp3", source=results.place("in"))
    results.end("tour")
    for scope in (Scope("tour", inputs=True), Scope(inputs=True), Scope(all=True)):
        account.remove(account.find(scope))
        assert results.names() == ["in/a.mov", "in/b.mov"]


def test_what_a_running_job_sends_meanwhile_goes_too(account: Account, results: Results) -> None:
    results.job("tour", "a.mp3", "b.mp3")
    results.made_by("tour", "x/a.mp3")
    found = account.find(Scope("tour", outputs=True))
    results.made_by("tour", "x/b.mp3")
    results.put("x/theirs.mp3")
    account.remove(found)
    assert results.names() == ["x/theirs.mp3"]


def test_what_changed_since_it_was_listed_stays_and_so_does_the_plan(
    account: Account, results: Results
) -> None:
    results.job("tour", "a.mp3", "b.mp3")
    results.made_by("tour", "x/a.mp3", "x/b.mp3")
    results.end("tour")
    found = account.find(Scope("tour", outputs=True))
    results.made_by("tour", "x/b.mp3")

    recorder = account.remove(found)

    assert results.names() == ["x/b.mp3"]
    kept = [event.name for event in recorder.of(Kept)]
    assert f"{results.container}/x/" in kept
    assert account.storage.blob_info(account.outputs, plan_blob("tour"))
    again = account.remove(account.find(Scope("tour", outputs=True)))
    assert not again.of(Kept)
    assert len(again.of(Removed)) == 2
    assert results.names() == []
