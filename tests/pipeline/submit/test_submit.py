from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.events.cleanup import Removed
from batchff.events.download import DownloadStarted
from batchff.events.upload import Planned
from batchff.pipeline.submit.planning.submission import SubmitOptions
from batchff.pipeline.submit.submit import Submitted, submit
from tests.pipeline.recorder import Recorder
from tests.pipeline.submit.test_stream import submission
from tests.silence import silence


def test_a_submit_leaves_its_outputs_here_and_no_pool_there_and_runs_once(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "a.wav").write_bytes(silence())
    work = submission(folder, "submit-whole", tmp_path / "outputs")
    recorder = Recorder()

    submitted = submit(work, batch, storage, recorder)

    assert submitted.outcome is not None and submitted.outcome.succeeded == 1
    assert submitted.downloaded == 1
    assert recorder.of(Planned) == [Planned(1, len(silence()), {})]
    assert Removed("pool", "submit-whole") in recorder.events
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["a.mp3"]

    (tmp_path / "outputs" / "a.mp3").unlink()
    again = Recorder()
    assert submit(work, batch, storage, again).downloaded == 1
    assert "was done before" in again.of(Notice)[0].message
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["a.mp3"]


def test_a_detached_submit_returns_when_its_tasks_are_added_and_keeps_the_pool(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "a.wav").write_bytes(silence())
    work = submission(folder, "submit-detached", tmp_path / "outputs")
    work = replace(work, options=SubmitOptions(detach=True))
    recorder = Recorder()
    assert submit(work, batch, storage, recorder) == Submitted(None, None)
    assert batch.tasks.counts("submit-detached").total == 1
    assert batch.pools.get("submit-detached") is not None
    assert "come back with: batchff watch submit-detached" in recorder.of(Notice)[-1].message


def test_outputs_that_stay_are_made_and_not_downloaded_and_the_pool_goes(
    batch: Batch, storage: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "a.wav").write_bytes(silence())
    work = submission(folder, "submit-stays", tmp_path / "outputs")
    stays = replace(work, options=SubmitOptions(downloads=False))
    for times in range(2):
        recorder = Recorder()
        submitted = submit(stays, batch, storage, recorder)
        assert submitted.outcome is not None and submitted.outcome.succeeded == 1
        assert (submitted.downloaded, recorder.of(DownloadStarted)) == (0, [])
        assert recorder.of(Removed) == [Removed("pool", "submit-stays")] * (not times)
    assert not (tmp_path / "outputs").exists()
    assert submit(work, batch, storage, Recorder()).downloaded == 1
