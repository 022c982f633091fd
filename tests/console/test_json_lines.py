from __future__ import annotations

import io
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.json_lines import JsonConsole
from batchff.console.reporter import CommandResult
from batchff.errors import SignInError
from batchff.events import Event, Notice, Warned
from batchff.events.jobs import FailedAlike, TaskFailed
from batchff.events.pools import PoolReady
from batchff.results.emulator import EmulatorEnv
from batchff.results.job.end import JobStop
from batchff.results.job.list import JobList, ListedJob
from batchff.results.profile import ProfileShow, Setting
from tests.console.story import ALIKE, FAILURE, KINDS, STORY, with_name

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Recorded:
    """A console on a stream of its own, whose clock stands at noon."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.console = JsonConsole(self.stream, now=lambda: NOON)

    def lines(self) -> list[dict[str, Any]]:
        text = self.stream.getvalue()
        assert text == "" or text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def test_an_event_is_one_line_with_its_fields(recorded: Recorded) -> None:
    recorded.console.report(PoolReady("batchff-1", True))
    assert recorded.stream.getvalue() == (
        '{"v": 1, "event": "pool.ready", "time": "2026-11-22T12:00:00.000Z", '
        '"pool": "batchff-1", "created": true}\n'
    )


def test_times_in_a_result_are_told_as_those_of_lines(recorded: Recorded) -> None:
    cet = timezone(timedelta(hours=1))
    made = datetime(2026, 11, 22, 13, 0, 0, 500_999, cet)
    listed = ListedJob("a", "active", "p", made, False, 0, tasks=None, tasks_to_add=None)
    recorded.console.finish(CommandResult(JobList((listed,))))
    (line,) = recorded.lines()
    assert line["data"]["jobs"][0]["made"] == "2026-11-22T12:00:00.500Z"
    assert line["data"]["jobs"][0]["tasks"] is None


def test_a_failed_task_is_told_with_its_reason_and_log(recorded: Recorded) -> None:
    recorded.console.report(TaskFailed(FAILURE))
    (line,) = recorded.lines()
    assert line == {
        "v": 1,
        "event": "task.failed",
        "time": "2026-11-22T12:00:00.000Z",
        "task": "notes-1f0c",
        "file": "notes.mp4",
        "reason": "ffmpeg failed on this input",
        "exit_code": 12,
        "log": ["[mov] moov atom not found", "notes.mp4: Invalid data found"],
        "input_at_fault": True,
        "arguments_at_fault": False,
        "preset": "",
        "node": "",
        "started": None,
        "ended": None,
    }


def test_what_failed_alike_is_one_line_with_the_words_of_the_first(recorded: Recorded) -> None:
    recorded.console.report(FailedAlike("videos-mp3", ALIKE))
    (line,) = recorded.lines()
    assert line == {
        "v": 1,
        "event": "tasks.failed_alike",
        "time": "2026-11-22T12:00:00.000Z",
        "job": "videos-mp3",
        "preset": "mp3",
        "tasks": 5,
        "looked_at": 5,
        "file": "a.mov",
        "reason": "ffmpeg refuses its arguments",
        "log": ["Unknown encoder 'libmp3'"],
        "arguments_at_fault": True,
        "stopped": True,
    }


def test_every_line_says_its_version_event_and_time_and_the_last_is_the_result(
    recorded: Recorded,
) -> None:
    for event in STORY:
        recorded.console.report(event)
    recorded.console.finish(CommandResult(JobStop("videos-mp3", True), text="it is ending"))
    recorded.console.close()
    lines = recorded.lines()
    for line in lines:
        assert line["v"] == 1
        assert isinstance(line["event"], str)
        assert line["time"] == "2026-11-22T12:00:00.000Z"
    assert lines[-1]["event"] == "result"
    assert lines[-1]["command"] == "job stop"
    assert lines[-1]["data"] == {"job": "videos-mp3", "stopped": True}
    # What only a display shows would fill a log.
    assert {line["event"] for line in lines[:-1]} == {event.kind for event in STORY} - {
        "upload.bytes",
        "download.bytes",
        "tasks.failed_apart",
        "ffmpeg.bytes",
        "job.planned",
        "nodes.terms",
        "node.left",
        "task.started",
        "task.requeued",
        "task.ended",
    }


def test_an_error_is_the_last_line_with_its_code_message_and_hint(recorded: Recorded) -> None:
    recorded.console.fail(SignInError("the key is wrong", hint="copy it whole"))
    (line,) = recorded.lines()
    assert line["event"] == "error"
    assert line["code"] == 5
    assert line["message"] == "the key is wrong"
    assert line["hint"] == "copy it whole"


def test_nothing_is_printed_anywhere_else(
    recorded: Recorded, capfd: pytest.CaptureFixture[str]
) -> None:
    for event in STORY:
        recorded.console.report(event)
    recorded.console.finish(CommandResult(JobStop("videos-mp3", True), text="it is ending"))
    recorded.console.fail(SignInError("no"))
    assert capfd.readouterr() == ("", "")


def test_secrets_are_redacted_wherever_they_stand(recorded: Recorded) -> None:
    recorded.console.report(Warned("https://a/b?sig=c2VjcmV0"))
    setting = Setting("batch_endpoint", "https://a/b?sig=c2VjcmV0", "profile")
    recorded.console.finish(CommandResult(ProfileShow("studio", (setting,), ())))
    recorded.console.fail(SignInError("AccountKey=c2VjcmV0", hint="?sig=c2VjcmV0"))
    assert "c2VjcmV0" not in recorded.stream.getvalue()
    (shown,) = recorded.lines()[1]["data"]["settings"]
    assert shown["value"] == "https://a/b?sig=REDACTED"


def test_the_command_that_tells_secrets_tells_them(recorded: Recorded) -> None:
    connection = "AccountName=a;AccountKey=c2VjcmV0"
    environment = EmulatorEnv("b", "c2VjcmV0", "u", "s", "k", "e", connection, connection)
    recorded.console.finish(CommandResult(environment))
    assert recorded.lines()[0]["data"] == asdict(environment)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@given(
    name=st.text(st.characters())
    | st.binary().map(lambda raw: raw.decode(errors="surrogateescape"))
)
def test_whatever_a_name_holds_the_line_is_json(kind: type[Event], name: str) -> None:
    recorded = Recorded()
    recorded.console.report(with_name(kind, name))
    text = recorded.stream.getvalue()
    assert text.count("\n") == len(recorded.lines()) <= 1
    text.encode("ascii")


def test_a_name_that_isnt_text_stays_readable(recorded: Recorded) -> None:
    recorded.console.report(Notice(b"caf\xe9".decode(errors="surrogateescape")))
    assert recorded.lines()[0]["message"] == "caf\\udce9"
