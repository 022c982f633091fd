from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser, TransferError
from batchff.events import Event
from batchff.events.download import DownloadStarted
from batchff.events.jobs import TaskSucceeded
from batchff.events.upload import FileUploaded, UploadStarted
from batchff.model.items import count_items
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import fingerprint
from batchff.pipeline.plan import plan_items
from batchff.pipeline.sources import find_media
from batchff.pipeline.submit.submission import Submission
from batchff.pipeline.submit.submit import submit
from tests.emulator.running import DEADLINE_SECONDS
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

CLIPS = Path(__file__).parents[2] / "clips"
POOL = PoolSpec("Standard_D2s_v5", 1, 0, 2, "canonical:ubuntu-24_04-lts:server")


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    shutil.copytree(CLIPS, folder)
    return folder


def submission(folder: Path, job: str, home: Path) -> Submission:
    found = find_media([folder])
    files = [(source.relative, source.size) for source in found.sources]
    recipes = (preset_recipe("mp3"),)
    items = plan_items(files, input_set=job, job=job, recipes=recipes)
    plan = JobPlan(
        job=job,
        pool=job,
        input_set=job,
        input_container="batchff-input",
        output_container="batchff-output",
        recipes=recipes,
        counts=count_items(items),
        inputs=fingerprint((name, size, "") for name, size in files),
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

    assert stopped.value.hint == "give the command again: it continues"
    again = submit(work, batch, storage, Recorder())
    assert again.outcome is not None and again.outcome.succeeded == 3


def test_the_largest_file_goes_first(
    videos: Path, batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    recorder = Recorder()

    submit(submission(videos, "stream-order", tmp_path / "home"), batch, storage, recorder)

    sent = {event.file: event.bytes for event in recorder.of(FileUploaded)}
    assert len(sent) == 3
    tasks = list(batch.tasks.all("stream-order"))
    assert sent[tasks[0].name] == max(sent.values())
    assert len(recorder.of(TaskSucceeded)) == 3
