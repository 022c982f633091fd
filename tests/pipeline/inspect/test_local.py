from __future__ import annotations

import shutil
from pathlib import Path

from batchff.events.inspect import FileInspected, InspectEnded, InspectStarted
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.inspection import Inspection, NotMedia
from batchff.pipeline.inspect.local import inspect_sources
from batchff.pipeline.sources import find_media
from tests.media_sources import CLIPS
from tests.pipeline.recorder import Recorder


def test_each_file_is_told_with_what_is_wrong_with_it(tmp_path: Path) -> None:
    shutil.copy(CLIPS / "city.mp4", tmp_path)
    (tmp_path / "notes.mp3").write_text("hello text")
    recorder = Recorder()

    with Inspectors() as inspectors:
        found = inspect_sources(find_media([tmp_path]).sources, inspectors, recorder)
        looked = {source.relative: inspected for source, inspected in found}

    assert isinstance(looked["city.mp4"], Inspection)
    assert looked["notes.mp3"] == NotMedia("it's a text, not media")
    assert recorder.events == [
        InspectStarted(2),
        FileInspected("city.mp4", "", 3.0, (CLIPS / "city.mp4").stat().st_size),
        FileInspected("notes.mp3", "it's a text, not media"),
        InspectEnded(2, 1),
    ]
