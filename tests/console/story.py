"""The events of a small job, as its stages tell them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules

from batchff import events
from batchff.events import Advised, Event, Notice, Warned
from batchff.events.cleanup import Kept, Removed
from batchff.events.doctor import Checked
from batchff.events.download import BytesDownloaded, DownloadEnded, DownloadStarted, FileDownloaded
from batchff.events.ffmpeg import FfmpegBytes, FfmpegFetching, FfmpegSending, FfmpegSent
from batchff.events.inspect import FileInspected, InspectEnded, InspectStarted
from batchff.events.jobs import (
    CountsChanged,
    DoneBefore,
    FailedAlike,
    FailuresReleased,
    FileFitted,
    FileNotEncoded,
    FilesLack,
    FileTold,
    FilmPlanned,
    JobCreated,
    TaskEnded,
    TaskFailed,
    TaskProgressed,
    TaskRequeued,
    TasksAdded,
    TaskStarted,
    TaskSucceeded,
    TasksUnreachable,
    WorkPlanned,
)
from batchff.events.logs import LogLine, LogStarted
from batchff.events.pools import (
    NodeChanged,
    NodeFailed,
    NodeLeft,
    NodesCounted,
    NodeTerms,
    PoolReady,
)
from batchff.events.upload import (
    BytesUploaded,
    FilesCarried,
    FileUploaded,
    Planned,
    UploadEnded,
    UploadStarted,
)
from batchff.model.jobs import FailedTask, SameFailure, TaskWork

FAILURE = FailedTask(
    task="notes-1f0c",
    file="notes.mp4",
    reason="ffmpeg failed on this input",
    exit_code=12,
    log=("[mov] moov atom not found", "notes.mp4: Invalid data found"),
    input_at_fault=True,
)

REFUSED = FailedTask(
    task="a-mp3",
    file="a.mov",
    reason="ffmpeg refuses its arguments",
    exit_code=12,
    log=("Unknown encoder 'libmp3'",),
    arguments_at_fault=True,
    preset="mp3",
)
ALIKE = SameFailure(
    preset="mp3",
    tasks=5,
    looked_at=5,
    file="a.mov",
    reason=REFUSED.reason,
    log=REFUSED.log,
    arguments_at_fault=True,
    stopped=True,
)

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
WORK = {"city-9a": TaskWork("a/city.mp4", 4.0, 2_000_000)}

STORY: tuple[Event, ...] = (
    Notice("no account is set up: using the emulator on this machine"),
    Advised("encode the failed files again with: batchff job retry videos-mp3"),
    Planned(3, 5_000_000, {"not media": 2, "hidden": 1}),
    InspectStarted(2),
    FileInspected("a/city.mp4", ""),
    FileInspected("notes.mp4", "1.2 of 4.0 s: the file is cut off"),
    InspectEnded(2, 1),
    FileFitted("a/city.mp4", ("the dialogue of 2 tracks: stream 1 eng",), ("2 chapters",)),
    FileFitted("harbour.MOV"),
    FilesLack("not in the outputs: chapters", 1, ("a/city.mp4",)),
    FilmPlanned("a/city.mp4", 12),
    FilmPlanned("harbour.MOV", 0, "an AVI can't be cut exactly"),
    FfmpegFetching("9.0.2", "https://pypi.org", 68_000_000),
    FfmpegBytes(1_000_000, 68_000_000),
    FfmpegSending("9.0.2", "batchff-ffmpeg"),
    FfmpegBytes(1_000_000, 68_000_000),
    FfmpegSent("9.0.2", "batchff-ffmpeg", "ffmpeg-9.0.2.gz", 68_000_000),
    WorkPlanned("videos-mp3", "videos", "mp3", 3, 5_000_000, WORK, 3),
    NodeTerms("Standard_D2s_v5", 2, False, 0.1, 0.02, "EUR"),
    PoolReady("batchff-1", True),
    UploadStarted(3, 5_000_000),
    BytesUploaded(2_000_000),
    FileUploaded("a/city.mp4", "videos/a/city.mp4", 2_000_000, False),
    FileUploaded("harbour.MOV", "videos/harbour.MOV", 2_500_000, True),
    FileUploaded("notes.mp4", "videos/notes.mp4", 500_000, False),
    UploadEnded(3, 1),
    FilesCarried(2),
    DoneBefore(40, 35, 35, ("videos-mp3-1", "videos-mp3-2")),
    JobCreated("videos-mp3", "batchff-1", True),
    TasksAdded("videos-mp3", 3),
    Warned("pool 'batchff-1': nodes can't be had: AllocationFailed"),
    CountsChanged("videos-mp3", active=3, running=0, succeeded=0, failed=0, files=3),
    NodeChanged("batchff-1", "node-1", "idle"),
    NodesCounted("batchff-1", {"idle": 1, "starttaskfailed": 1}),
    NodeFailed("batchff-1", "node-2", "exit code 100", ("E: no such mirror",)),
    CountsChanged("videos-mp3", active=1, running=2, succeeded=0, failed=0, files=3),
    NodeLeft("batchff-1", "node-2"),
    TaskStarted("city-9a", "a/city.mp4", "node-1", MOMENT),
    TaskRequeued("city-9a"),
    TaskStarted("city-9a", "a/city.mp4", "node-1", MOMENT),
    TaskProgressed("city-9a", "a/city.mp4", 0.25, 120.0, 4.0),
    TaskEnded("city-9a", True, 4.0),
    TaskSucceeded("city-9a", "a/city.mp4"),
    FileTold("harbour.MOV", ("1.2 of 4.0 s: the source is cut off",), is_salvaged=True),
    FileNotEncoded("empty.mp4", "it's empty (0 bytes)"),
    TaskFailed(FAILURE),
    TaskFailed(REFUSED),
    TaskFailed(replace(REFUSED, task="b-mp3", file="b.mov"), is_like_others=True),
    FailuresReleased((replace(REFUSED, task="b-mp3", file="b.mov"),)),
    FailedAlike("videos-mp3", ALIKE),
    TasksUnreachable("videos-mp3", 2, ("join.mp4", "b/join.mp4")),
    LogStarted("notes-1f0c", "notes.mp4", "ffmpeg failed on this input"),
    LogLine("notes-1f0c", "notes.mp4", "[mov] moov atom not found"),
    CountsChanged("videos-mp3", 0, 0, 2, 1, files_encoded=2, files_failed=1, outputs=2, files=3),
    DownloadStarted(2, 700_000),
    BytesDownloaded(400_000),
    FileDownloaded("a/city.mp3", "out/a/city.mp3", 400_000, False),
    FileDownloaded("harbour.mp3", "out/harbour.mp3", 300_000, True),
    DownloadEnded(2, 1),
    Checked("clock", "ok", "as the services' own, within 5 minutes", ""),
    Checked("container: input", "failure", "'A' can't be a name", "take small letters"),
    Removed("pool", "batchff-1"),
    Kept("job", "videos-mp3", "it was made again by somebody since it was listed"),
)

_MODULES = (events.__path__, f"{events.__name__}.")
KINDS = tuple(
    kind
    for name in (events.__name__, *(found.name for found in iter_modules(*_MODULES)))
    for kind in vars(import_module(name)).values()
    if isinstance(kind, type) and kind.__module__ == name and kind is not Event
)
"""Every kind of event there is."""


def with_name(kind: type[Event], name: str) -> Event:
    """An event of a kind, with `name` wherever it holds a text."""
    values: dict[str, object] = {
        "str": name,
        "int": 1,
        "bool": False,
        "float | None": 0.5,
        "dict[str, int]": {},
        "tuple[str, ...]": (name,),
        "datetime | None": MOMENT,
        "Mapping[str, TaskWork]": {name: TaskWork(name, 4.0, 1)},
        "Mapping[str, str]": {name: name},
    }
    failure = FailedTask(name, name, name, 12, (name,), preset=name)
    values |= {
        "tuple[FailedTask, ...]": (failure,),
        "SameFailure": SameFailure(name, 2, 1, name, name, (name,), True),
    }
    assert is_dataclass(kind)
    return kind(*(values.get(str(field.type), failure) for field in fields(kind)))
