"""What the tests of both ways to send share."""

from __future__ import annotations

import pytest

from batchff.cloud.http.switch import VARIABLE


@pytest.fixture(params=["own", "sdk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways to send in turn."""
    if request.param == "sdk":
        monkeypatch.setenv(VARIABLE, "sdk")
    return str(request.param)
