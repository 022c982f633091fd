from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchff.errors import UsageError
from batchff.pipeline.cloud_media.given_sas import read_sas

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CONTAINER = "sv=2021-12-02&sr=c&sp=rl&st=2026-11-30T11:00Z&se=2026-12-10&sig=secret"


def changed(**facts: str) -> str:
    """The SAS of a container with other facts; an empty one is left out."""
    given = dict(fact.split("=", 1) for fact in CONTAINER.split("&")) | facts
    return "&".join(f"{name}={value}" for name, value in given.items() if value)


def test_a_sas_says_what_it_allows_and_when() -> None:
    sas = read_sas(CONTAINER, NOW)
    assert (sas.permissions, sas.one_blob, sas.excess) == ("rl", False, ())
    assert sas.ends == datetime(2026, 12, 10, tzinfo=UTC)
    assert sas.starts == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    "query",
    [
        changed(sr="b", sp="r"),
        changed(sr="d", sdd="1"),
        changed(sr="", ss="bf", srt="sco", sp="rwl"),
        changed(si="policy", sp="", se="", st=""),
        changed(se="2026-11-30T12%3A00%3A01.0000000Z"),
        changed(se="2026-11-30T14:00:01%2B02:00"),
    ],
)
def test_any_kind_that_lists_and_reads_will_do(query: str) -> None:
    read_sas(query, NOW)


def test_one_blobs_sas_needs_no_list() -> None:
    assert read_sas(changed(sr="b", sp="r"), NOW).one_blob


def test_what_a_stored_policy_says_isnt_known() -> None:
    sas = read_sas(changed(si="policy", sp="", se="", st=""), NOW)
    assert (sas.permissions, sas.starts, sas.ends) == (None, None, None)


def test_what_it_allows_beside_reading_is_named() -> None:
    assert read_sas(changed(sp="rwdl"), NOW).excess == ("write", "delete")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "the URL has no SAS"),
        ("restype=container", "the URL has no SAS"),
        (changed(sp="r"), "doesn't allow to list"),
        (changed(sp="l"), "doesn't allow to read"),
        (changed(sp="w"), "doesn't allow to read and to list"),
        (changed(sr="b", sp="w"), "doesn't allow to read"),
        (changed(sr="bs"), "read a container, a folder or a blob"),
        (changed(sr="", ss="f", srt="co"), "use Blob storage"),
        (changed(sr="", ss="b", srt="o"), "list a container's blobs"),
        (changed(sr="", ss="b", srt="c"), "read blobs"),
        (changed(se=""), "doesn't say until when"),
        (changed(se="tomorrow"), "a time that can't be read: se=tomorrow"),
        (changed(se="2026-11-30T12:00:00Z"), "ended at 2026-11-30 12:00Z"),
        (changed(st="2026-12-01"), "good only from 2026-12-01 00:00Z on"),
    ],
)
def test_one_that_cant_open_media_now_is_refused(query: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        read_sas(query, NOW)
    assert "secret" not in f"{raised.value.message} {raised.value.hint}"
