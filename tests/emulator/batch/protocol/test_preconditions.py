from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError

from tests.emulator.running import Connection


def _priority(priority: int) -> models.BatchJobUpdateOptions:
    return models.BatchJobUpdateOptions(priority=priority)


def test_an_etag_guards_a_change(client: BatchClient, idle_job: str) -> None:
    before = client.get_job(idle_job)
    client.update_job(idle_job, _priority(1))
    unchanged = MatchConditions.IfNotModified

    with pytest.raises(HttpResponseError) as error:
        client.update_job(idle_job, _priority(2), etag=before.etag, match_condition=unchanged)
    assert error.value.status_code == 412

    now = client.get_job(idle_job).etag
    client.update_job(idle_job, _priority(3), etag=now, match_condition=unchanged)
    assert client.get_job(idle_job).priority == 3


def test_conditions_on_reads_and_writes(service: Connection, idle_job: str) -> None:
    path = f"/jobs/{idle_job}"
    etag = service.send("GET", path).headers["ETag"]
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    future = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    def read(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return service.send("GET", path, headers=named).status

    def write(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return service.send("PATCH", path, {}, headers=named).status

    assert read(If_Match=etag) == read(If_Match=f'"{etag}"') == read(If_Match="*") == 200
    assert read(If_Match="0x0") == 412
    assert read(If_None_Match=etag) == 304
    assert read(If_None_Match="0x0") == 200
    assert read(If_Modified_Since=past) == 200
    assert read(If_Modified_Since=future) == 304
    assert read(If_Unmodified_Since=past) == 412
    assert read(If_Unmodified_Since=future) == 200
    assert write(If_Modified_Since=future) == 412
    assert write(If_None_Match="*") == 412
    assert read(If_Modified_Since="yesterday") == 400
