"""What each event makes of the screen's state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from heapq import nlargest

from batchff.console.screen.outputs import with_output, with_outputs
from batchff.console.screen.pools import of_pool
from batchff.console.screen.state import Failure, Reason, ScreenState, Work
from batchff.console.screen.tasks import of_task
from batchff.console.screen.transfers import Transfer
from batchff.console.words.text import failure_words, kind_of
from batchff.events import Event, Notice, Warned
from batchff.events.download import BytesDownloaded, DownloadEnded, DownloadStarted, FileDownloaded
from batchff.events.ffmpeg import FfmpegBytes, FfmpegFetching, FfmpegSending, FfmpegSent
from batchff.events.inspect import FileInspected, InspectEnded, InspectStarted
from batchff.events.jobs import (
    CountsChanged,
    FileNotEncoded,
    JobCreated,
    TaskFailed,
    WorkPlanned,
)
from batchff.events.upload import BytesUploaded, FileUploaded, Planned, UploadEnded, UploadStarted

_LATEST = 50
_NAMES_KEPT = 3
_LONGEST_KEPT = 200

Part = Callable[[Event, ScreenState, float], ScreenState | None]


def advance(state: ScreenState, event: Event, now: float) -> ScreenState:
    """Return the state after an event at a time of the screen's clock."""
    for part in (_of_transfer, of_task, _of_job, of_pool, _of_words):
        after = part(event, state, now)
        if after is not None:
            return after
    return state


def _of_words(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    match event:
        case Warned(message):
            return state.with_note(message, now, is_warning=True)
        case Notice(message):
            return state.with_note(message, now)
        case _:
            return None


def _of_transfer(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    match event:
        case InspectStarted(files):
            return replace(state, inspect=Transfer(now, files, None))
        case FileInspected() if state.inspect:
            done = state.inspect.files_done + 1
            return replace(state, inspect=replace(state.inspect, files_done=done))
        case InspectEnded() if state.inspect:
            return replace(state, inspect=state.inspect.end(now))
        case Planned(files, count):
            return replace(state, files=files, bytes=count)
        case UploadStarted(files, count):
            return replace(state, upload=Transfer(now, files, count))
        case BytesUploaded(count) if state.upload:
            return replace(state, upload=state.upload.move(count, now))
        case FileUploaded() if state.upload:
            return replace(state, upload=_with_file(state.upload, event.bytes, event.skipped))
        case UploadEnded() if state.upload:
            return replace(state, upload=state.upload.end(now))
        case _:
            return _of_download(event, state, now) or _of_ffmpeg(event, state, now)


def _of_download(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    match event:
        case DownloadStarted(files, count):
            return replace(state, download=Transfer(now, files, count))
        case BytesDownloaded(count) if state.download:
            return replace(state, download=state.download.move(count, now))
        case FileDownloaded() if state.download:
            stage = _with_file(state.download, event.bytes, event.skipped)
            return with_output(replace(state, download=stage), event)
        case DownloadEnded() if state.download:
            return replace(state, download=state.download.end(now))
        case _:
            return None


def _of_ffmpeg(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    match event:
        case FfmpegFetching() | FfmpegSending():
            return replace(state, ffmpeg=Transfer(now, 1, None))
        case FfmpegBytes(count, total) if state.ffmpeg:
            return replace(state, ffmpeg=replace(state.ffmpeg, total=total).move(count, now))
        case FfmpegSent():
            return replace(state, ffmpeg=None)
        case _:
            return None


def _with_file(stage: Transfer, count: int, skipped: bool) -> Transfer:
    done = stage.bytes + count if skipped else stage.bytes
    return replace(stage, files_done=stage.files_done + 1, bytes=done)


def _of_job(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    match event:
        case WorkPlanned():
            return _with_work(state, event)
        case JobCreated(job, created=created):
            return replace(state, job=job, is_new_job=created)
        case CountsChanged():
            return _with_counts(state, event, now)
        case FileNotEncoded(file, reason):
            return _with_failure(_without_task(state, file), file, reason)
        case TaskFailed(failure):
            return _with_failure(state, failure.file, failure_words(failure))
        case _:
            return None


def _with_work(state: ScreenState, event: WorkPlanned) -> ScreenState:
    tasks = event.tasks
    if tasks and all(each.seconds for each in tasks.values()):
        unit = "seconds"
    elif tasks and all(each.bytes for each in tasks.values()):
        unit = "bytes"
    else:
        unit = "tasks"
    work = Work(tasks, unit)
    longest = tuple(nlargest(_LONGEST_KEPT, tasks, key=work.weight))
    work = replace(work, total=sum(map(work.weight, tasks)), longest=longest)
    work = with_outputs(replace(work, made_by=event.made_by))
    return replace(
        state,
        job=event.job,
        source=event.source,
        preset=event.preset,
        files=event.files,
        bytes=event.bytes,
        work=work,
        sends=event.sends,
        downloads=event.downloads,
        began=min(state.began, state.when(event.created, state.began)),
    )


def _with_counts(state: ScreenState, event: CountsChanged, now: float) -> ScreenState:
    began, ended, work = state.encode_began, state.encode_ended, state.work
    done, left = event.succeeded + event.failed, event.active + event.running
    if began is None and done + event.running:
        began = now
    planned = len(work.tasks)
    ended = now if done and not left and done >= planned else None
    if not work.tasks:
        work = replace(work, total=float(done + left))
    return replace(
        state,
        job=event.job,
        is_ours=event.batchff,
        counts=event,
        encode_began=began,
        encode_ended=ended,
        work=work,
    )


def _without_task(state: ScreenState, file: str) -> ScreenState:
    """Return the state with a file that has no task; one that is made in part has some."""
    return replace(state, not_sent=state.not_sent | {file})


def _with_failure(state: ScreenState, file: str, reason: str) -> ScreenState:
    kind = kind_of(reason)
    before = state.reasons.get(kind, Reason(reason))
    files = (*before.files, file)[:_NAMES_KEPT]
    return replace(
        state,
        failed=state.failed + 1,
        failures=(*state.failures[1 - _LATEST :], Failure(file, reason)),
        reasons={**state.reasons, kind: Reason(before.words, before.count + 1, files)},
    )
