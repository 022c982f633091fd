from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.bodies.users import user_accounts
from batchff.emulator.batch.protocol.errors import BatchError


def _user(name: str = "a", **linux: Any) -> dict[str, Any]:
    return {"name": name, "password": "x", "linuxUserConfiguration": linux}


@pytest.mark.parametrize("users", [[_user()], [_user(uid=1, gid=2)], [_user("a"), _user("b")], []])
def test_accounts_that_can_be_are_taken(users: list[dict[str, Any]]) -> None:
    user_accounts(users, "u")


@pytest.mark.parametrize(
    ("users", "place"),
    [
        ([_user(uid=1)], "u[0].linuxUserConfiguration.uid"),
        ([_user(gid=1)], "u[0].linuxUserConfiguration.gid"),
        ([_user("a"), _user("b"), _user("a")], "u[2].name"),
    ],
)
def test_others_are_refused(users: list[dict[str, Any]], place: str) -> None:
    with pytest.raises(BatchError) as refused:
        user_accounts(users, "u")

    assert refused.value.code == "InvalidPropertyValue"
    assert refused.value.values["PropertyName"] == place
