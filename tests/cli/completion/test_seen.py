from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchff.cli.completion.seen import SeenIds, seeing_console, seen_file, seen_ids
from batchff.console.json_lines import JsonConsole
from batchff.console.plain import PlainConsole
from batchff.console.reporter import CommandResult
from batchff.console.tally import Tally
from batchff.console.words.text import Level
from batchff.events.cleanup import Removed
from batchff.events.jobs import JobCreated
from batchff.results.job.end import JobDelete
from batchff.results.job.list import JobList, ListedJob
from tests.commands import Batchff
from tests.silence import silence


def created(job: str) -> JobCreated:
    return JobCreated(job, f"pool-of-{job}", created=True)


def keep(*events: JobCreated | Removed, profile: str = "local") -> None:
    seen = SeenIds()
    for event in events:
        seen.see_event(event)
    seen.keep(profile)


def listed(*jobs: str) -> CommandResult:
    made = datetime(2026, 11, 30, tzinfo=UTC)
    rows = (ListedJob(job, "active", "pool", made, True, 1, None, None) for job in jobs)
    return CommandResult(JobList(tuple(rows)))


def test_the_newest_ids_come_first_and_each_once() -> None:
    keep(created("one"), created("two"))
    keep(created("three"))
    keep(created("one"))
    assert seen_ids("local", "job") == ["one", "three", "two"]
    assert seen_ids("local", "pool") == ["pool-of-one", "pool-of-three", "pool-of-two"]


def test_profiles_have_ids_of_their_own() -> None:
    keep(created("here"))
    keep(created("there"), profile="studio")
    assert seen_ids("local", "job") == ["here"]
    assert seen_ids("studio", "job") == ["there"]
    assert seen_ids("archive", "job") == []


def test_what_was_removed_is_offered_no_more() -> None:
    keep(created("one"), created("two"))
    keep(Removed("job", "one"))
    assert seen_ids("local", "job") == ["two"]
    seen = SeenIds()
    seen.see_result(CommandResult(JobDelete("two", deleted=True)))
    seen.keep("local")
    assert seen_ids("local", "job") == []


def test_a_list_takes_the_place_of_what_was_known_before() -> None:
    keep(created("gone"))
    seen = SeenIds()
    seen.see_result(listed("newest", "older"))
    seen.keep("local")
    assert seen_ids("local", "job") == ["newest", "older"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"local": 3}', '{"local": {"job": "one"}}']
)
def test_a_file_of_another_kind_is_nothing(text: str) -> None:
    seen_file().parent.mkdir(parents=True)
    seen_file().write_text(text)
    assert seen_ids("local", "job") == []
    keep(created("one"))
    assert seen_ids("local", "job") == ["one"]


def test_a_cache_that_cant_be_written_stops_no_command() -> None:
    seen_file().mkdir(parents=True)
    keep(created("one"))
    assert seen_ids("local", "job") == []
    assert [path.name for path in seen_file().parent.iterdir()] == [seen_file().name]


def test_a_submit_keeps_its_ids_and_a_dry_run_keeps_none(batchff: Batchff) -> None:
    Path("song.wav").write_bytes(silence())
    batchff("submit", "song.wav", "--dry-run")
    assert seen_ids("local", "job") == []
    result = batchff("submit", "song.wav", "--json").result
    assert seen_ids("local", "job") == [result["job"]]
    assert seen_ids("local", "pool") == []  # the submit has removed it
    assert seen_ids("local", "input_set") == [result["input_set"]]
    batchff("cleanup", result["job"], "--pool", "--yes")
    assert seen_ids("local", "job") == []


def test_what_counts_by_itself_isnt_counted_a_second_time() -> None:
    plain = PlainConsole(Level.NORMAL, io.StringIO())
    counting = Tally(seeing_console(plain, SeenIds()))
    counting.report(created("one"))
    assert counting.state is plain.state
    lines = Tally(seeing_console(JsonConsole(io.StringIO()), SeenIds()))
    lines.report(created("one"))
    assert lines.state is not plain.state
