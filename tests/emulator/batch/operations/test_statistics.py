from __future__ import annotations

import pytest

from tests.emulator.running import Connection

_VERSION = "2022-10-01.16.0"


def test_no_usage_is_listed(service: Connection) -> None:
    answer = service.send("GET", "/poolusagemetrics").json()

    assert answer["value"] == []
    assert answer["odata.metadata"].endswith("#poolusagemetrics")


@pytest.mark.parametrize(
    ("path", "entity", "figure"),
    [
        ("/lifetimejobstats", "jobstats", "numSucceededTasks"),
        ("/lifetimepoolstats", "poolstats", "usageStats"),
    ],
)
def test_an_account_has_used_nothing(
    service: Connection, path: str, entity: str, figure: str
) -> None:
    answer = service.send("GET", path, version=_VERSION).json()

    assert answer["odata.metadata"].endswith(f"#{entity}/@Element")
    assert answer["url"] == f"{service.batch_endpoint}{path}"
    assert figure in answer
