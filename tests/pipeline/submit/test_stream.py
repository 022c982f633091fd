from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InterruptedByUser, TransferError
from batchff.events import Event
from batchff.events.cleanup import Removed
from batchff.events.download import DownloadStarted
from batchff.events.jobs import FailedAlike, TaskFailed, TaskSucceeded
from batchff.events.upload import FileUploaded, UploadStarted
from batchff.model.items import count_items
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import FAILED_ALIKE, fingerprint
from batchff.pipeline.output_names import Naming
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.sources import find_media
from batchff.pipeline.submit.planning.submission import Submission
from batchff.pipeline.submit.submit import submit
from batchff.pipeline.watch.alike import FIRST
from tests.emulator.running import DEADLINE_SECONDS, wait_until
from tests.pipeline.recorder import Recorder
from tests.recipes import one_run, preset_recipe
from tests.silence import silence

CLIPS = Path(__file__).parents[2] / "clips"
POOL = PoolSpec("Standard_D2s_v5", 1, 0, 2, "canonical:ubuntu-24_04-lts:server")


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    shutil.copytree(CLIPS, folder)
    return folder


def submission(
    folder: Path,
    job: str,
    home: Path,
    recipes: tuple[Recipe, ...] = (preset_recipe("mp3"),),
    naming: Naming | None = None,
) -> Submission:
    found = find_media([folder])
    files = [InputFile(source.relative, source.size) for source in found.sources]
    items = plan_items(files, input_set=job, job=job, recipes=recipes, naming=naming)
    plan = JobPlan(
        job=job,
        pool=job,
        input_set=job,
        input_container="batchff-input",
        output_container="batchff-output",
        recipes=recipes,
        counts=count_items(items),
        inputs=fingerprint((file.relative, file.size, "") for file in files),
    )
    return Submission(found, items, plan, POOL, home, "programs")


def when_sending_starts(action: Callable[[], object]) -> Callable[[Event], None]:
    def react(event: Event) -> None:
        if isinstance(event, UploadStarted):
            action()

    return react


def test_a_file_that_cant_be_sent_doesnt_stop_the_others_and_can_follow(
    videos: Path, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    work = submission(videos, "stream-missing", tmp_path / "home")
    away = tmp_path / "away.mp4"
    lost = Recorder(when_sending_starts(lambda: (videos / "city.mp4").rename(away)))

    with pytest.raises(TransferError, match=r"1 of 3 files were not uploaded: can't read 'city"):
        submit(work, batch, storage, lost)

    assert len(list((tmp_path / "home").rglob("*.mp3"))) == 2
    left = batch.jobs.get("stream-missing")
    assert left is not None and left.state == "active"
    pool = batch.pools.get("stream-missing")
    assert pool is not None and pool.state == "active" and pool.autoscaled

    away.rename(videos / "city.mp4")
    followed = Recorder()
    submitted = submit(work, batch, storage, followed)
    assert submitted.outcome is not None and submitted.outcome.succeeded == 3
    assert [event.file for event in followed.of(FileUploaded)] == ["city.mp4"]
    assert len(list((tmp_path / "home").rglob("*.mp3"))) == 3


def test_ctrl_c_while_files_are_sent_says_how_to_go_on(
    videos: Path, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    watching = threading.Event()

    def interrupt(event: Event) -> None:
        if isinstance(event, UploadStarted):
            watching.wait(DEADLINE_SECONDS)
        elif isinstance(event, DownloadStarted):
            watching.set()
            raise KeyboardInterrupt

    interrupted = Recorder(interrupt)
    work = submission(videos, "stream-interrupted", tmp_path / "home")

    with pytest.raises(InterruptedByUser, match="stopped while files were sent") as stopped:
        submit(work, batch, storage, interrupted)

    assert stopped.value.hint == "give the same command again: it continues, and downloads"
    again = submit(work, batch, storage, Recorder())
    assert again.outcome is not None and again.outcome.succeeded == 3


def test_the_largest_file_goes_first(
    videos: Path, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    recorder = Recorder()

    submit(submission(videos, "stream-order", tmp_path / "home"), batch, storage, recorder)

    sent = {event.file: event.bytes for event in recorder.of(FileUploaded)}
    assert len(sent) == 3
    first = min(batch.tasks.all("stream-order"), key=lambda task: task.started or task.changed)
    assert sent[first.name] == max(sent.values())
    assert len(recorder.of(TaskSucceeded)) == 3


SLOWX = one_run(["-vn", "-ar", "slowx"], ".mp3")


def sounds(tmp_path: Path, count: int) -> Path:
    """Make a folder of files that are encoded in no time."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.wav").write_bytes(silence())
    return folder


def test_refused_arguments_stop_the_job_and_the_sending_and_remove_the_pool(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    work = submission(sounds(tmp_path, 40), "stream-refused", tmp_path / "home", (SLOWX,))

    def hold_after_some(event: Event) -> None:
        if isinstance(event, FileUploaded) and len(recorder.of(FileUploaded)) > FIRST:
            wait_until(lambda: require_job("stream-refused", batch).state != "active")

    recorder = Recorder(hold_after_some)

    submitted = submit(work, batch, storage, recorder)

    outcome = submitted.outcome
    assert outcome is not None and submitted.downloaded == 0
    assert (outcome.succeeded, outcome.failed + outcome.unfinished) == (0, 40)
    assert outcome.unfinished > 0
    (same,) = outcome.alike
    assert same.stopped and same.arguments_at_fault and same.tasks >= FIRST
    assert same.log == ("Expected number for ar but found: slowx",)
    assert len(recorder.of(FileUploaded)) < 40, "no more files are sent"
    assert len([event for event in recorder.of(TaskFailed) if not event.is_like_others]) == 1
    assert len(recorder.of(FailedAlike)) == 1
    assert require_job("stream-refused", batch).termination_reason == FAILED_ALIKE
    assert recorder.of(Removed) == [Removed("pool", "stream-refused")]
    with pytest.raises(BatchffError, match="was stopped: its first files failed alike"):
        submit(work, batch, storage, Recorder())


def test_a_preset_that_works_is_made_of_all_files_whatever_the_other_does(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    recipes = (preset_recipe("mp3"), replace(SLOWX, name="slowx"))
    naming = Naming("{preset}/{stem}.{suffix}")
    work = submission(sounds(tmp_path, 8), "stream-two", tmp_path / "home", recipes, naming)
    recorder = Recorder()

    submitted = submit(work, batch, storage, recorder)

    assert submitted.downloaded == len(list((tmp_path / "home").rglob("*.mp3"))) == 8
    assert submitted.outcome is not None
    (same,) = submitted.outcome.alike
    assert (same.preset, same.tasks, same.stopped) == ("slowx", 8, False)
    assert {event.failure.preset for event in recorder.of(TaskFailed)} == {"slowx"}
    assert len([event for event in recorder.of(TaskFailed) if not event.is_like_others]) == 1
