from __future__ import annotations

import pytest

from batchff.emulator.state.recurrence import recurrence_of
from batchff.emulator.state.times import SECOND, UNLIMITED, format_duration, format_time

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
CREATED = 500 * HOUR


def test_the_first_job_is_due_at_once_or_when_the_schedule_says() -> None:
    later = format_time(CREATED + HOUR)

    assert recurrence_of({}, CREATED).first == CREATED
    assert recurrence_of({"doNotRunUntil": later}, CREATED).first == CREATED + HOUR


def test_occurrences_come_in_each_interval() -> None:
    recurrence = recurrence_of({"recurrenceInterval": "PT1H"}, CREATED)

    assert recurrence.following(CREATED) == CREATED + HOUR
    assert recurrence.following(CREATED + 90 * MINUTE) == CREATED + 2 * HOUR
    assert recurrence.following(CREATED - 1) == CREATED
    assert recurrence.latest(CREATED, CREATED + 5 * HOUR + MINUTE) == CREATED + 5 * HOUR


def test_a_schedule_without_interval_has_one_occurrence() -> None:
    recurrence = recurrence_of({}, CREATED)

    assert recurrence.following(CREATED) is None
    assert recurrence.is_over(None, CREATED)
    assert not recurrence.is_over(CREATED, CREATED)


def test_an_occurrence_is_lost_when_its_window_is_over() -> None:
    recurrence = recurrence_of({"recurrenceInterval": "PT1H", "startWindow": "PT5M"}, CREATED)

    assert not recurrence.is_lost(CREATED, CREATED + 5 * MINUTE)
    assert recurrence.is_lost(CREATED, CREATED + 5 * MINUTE + 1)


def test_a_window_longer_than_the_interval_never_ends_before_the_next_occurrence() -> None:
    recurrence = recurrence_of({"recurrenceInterval": "PT1H", "startWindow": "PT2H"}, CREATED)

    assert recurrence == recurrence_of({"recurrenceInterval": "PT1H"}, CREATED)


def test_nothing_is_due_behind_the_end() -> None:
    end = CREATED + 90 * MINUTE
    schedule = {"recurrenceInterval": "PT1H", "doNotRunAfter": format_time(end)}
    recurrence = recurrence_of(schedule, CREATED)

    assert recurrence.following(CREATED + HOUR) is None
    assert not recurrence.is_over(None, end)
    assert recurrence.is_over(None, end + 1)
    assert recurrence.is_lost(CREATED + HOUR, end + 1)


def test_the_next_change_is_the_occurrence_or_the_end_of_what_holds_it_up() -> None:
    schedule = {"recurrenceInterval": "PT1H", "startWindow": "PT5M"}
    recurrence = recurrence_of(schedule, CREATED)

    assert recurrence.changes(CREATED + HOUR, CREATED) == CREATED + HOUR + 1
    assert recurrence.changes(CREATED, CREATED) == CREATED + 5 * MINUTE + 1
    assert recurrence_of({}, CREATED).changes(CREATED, CREATED) is None


@pytest.mark.parametrize("moment", [CREATED, CREATED + 10**6 * HOUR])
def test_an_interval_without_end_has_one_occurrence_that_can_be_written(moment: int) -> None:
    longest = format_duration(UNLIMITED)
    recurrence = recurrence_of({"recurrenceInterval": longest, "startWindow": longest}, CREATED)

    assert recurrence.following(moment) is None
    assert not recurrence.is_over(None, moment)
