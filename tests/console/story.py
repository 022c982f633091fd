"""The events of a small job, as its stages tell them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from batchff import events
from batchff.events import Event
from batchff.model import FailedTask

FAILURE = FailedTask(
    task="notes-1f0c",
    file="notes.mp4",
    reason="ffmpeg failed on this input",
    exit_code=12,
    log=("[mov] moov atom not found", "notes.mp4: Invalid data found"),
    input_at_fault=True,
)

STORY: tuple[Event, ...] = (
    events.Notice("no account is set up: using the emulator on this machine"),
    events.Planned(3, 5_000_000, {"not media": 2, "hidden": 1}),
    events.PoolReady("batchff-1", True),
    events.UploadStarted(3, 5_000_000),
    events.BytesUploaded(2_000_000),
    events.FileUploaded("a/city.mp4", "videos/a/city.mp4", 2_000_000, False),
    events.FileUploaded("harbour.MOV", "videos/harbour.MOV", 2_500_000, True),
    events.FileUploaded("notes.mp4", "videos/notes.mp4", 500_000, False),
    events.UploadEnded(3, 1),
    events.JobCreated("videos-mp3", "batchff-1", True),
    events.TasksAdded("videos-mp3", 3),
    events.Warned("pool 'batchff-1': nodes can't be had: AllocationFailed"),
    events.CountsChanged("videos-mp3", active=3, running=0, succeeded=0, failed=0),
    events.NodeChanged("batchff-1", "node-1", "idle"),
    events.NodesCounted("batchff-1", {"idle": 1, "starttaskfailed": 1}),
    events.NodeFailed("batchff-1", "node-2", "exit code 100", ("E: no such mirror",)),
    events.CountsChanged("videos-mp3", active=1, running=2, succeeded=0, failed=0),
    events.TaskProgressed("city-9a", "a/city.mp4", 0.25, 120.0, 4.0),
    events.TaskSucceeded("city-9a", "a/city.mp4"),
    events.TaskFailed(FAILURE),
    events.TasksUnreachable("videos-mp3", 2, ("join.mp4", "b/join.mp4")),
    events.LogStarted("notes-1f0c", "notes.mp4", "ffmpeg failed on this input"),
    events.LogLine("notes-1f0c", "notes.mp4", "[mov] moov atom not found"),
    events.CountsChanged("videos-mp3", active=0, running=0, succeeded=2, failed=1),
    events.DownloadStarted(2, 700_000),
    events.BytesDownloaded(400_000),
    events.FileDownloaded("a/city.mp3", "out/a/city.mp3", 400_000, False),
    events.FileDownloaded("harbour.mp3", "out/harbour.mp3", 300_000, True),
    events.DownloadEnded(2, 1),
    events.Checked("clock", "ok", "as the services' own, within 5 minutes", ""),
    events.Checked("container: input", "failure", "'A' can't be a name", "take small letters"),
    events.Removed("pool", "batchff-1"),
    events.Kept("job", "videos-mp3", "it was made again by somebody since it was listed"),
)


KINDS = tuple(
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
)
"""Every kind of event there is."""


def with_name(kind: type[Event], name: str) -> Event:
    """An event of a kind, with `name` wherever it holds a text."""
    values = {
        "str": name,
        "int": 1,
        "bool": False,
        "float | None": 0.5,
        "dict[str, int]": {},
        "tuple[str, ...]": (name,),
    }
    failure = FailedTask(name, name, name, 12, (name,))
    assert is_dataclass(kind)
    return kind(*(values.get(str(field.type), failure) for field in fields(kind)))
