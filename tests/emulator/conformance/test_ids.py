"""The rule of ids, over the wire: 1 to 64 of letters, digits, hyphen and underscore."""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.emulator.conformance.everything import Everything
from tests.emulator.examples import pool_document, values_of

PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_RUNS = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _bodies(everything: Everything, name: str) -> dict[str, dict[str, object]]:
    """Give where each kind of thing is made, and how."""
    return {
        "/pools": pool_document(name),
        "/jobs": {"id": name, "poolInfo": {"poolId": everything.empty_pool}},
        f"/jobs/{everything.job}/tasks": {"id": name, "commandLine": "true", "requiredSlots": 4},
    }


@_RUNS
@example("x" * 64)
@example("x" * 65)
@example("-")
@given(st.text(max_size=80) | st.text("aZ9-_ ./", min_size=1, max_size=66))
def test_an_id_is_made_only_if_it_is_plain(everything: Everything, name: str) -> None:
    for path, body in _bodies(everything, name).items():
        answer = everything.service.send("POST", path, body)
        if PLAIN.fullmatch(name):
            assert answer.status in (201, 409)
            assert everything.read(f"{path}/{name}")["id"].lower() == name.lower()
        else:
            assert answer.status == 400
            assert values_of(answer)["PropertyName"] == "id"


@_RUNS
@given(st.text(min_size=1, max_size=80))
def test_an_id_in_a_path_is_found_or_not(everything: Everything, name: str) -> None:
    things = ("/pools", "/jobs", "/jobschedules")
    for path in (*things, f"/jobs/{everything.job}/tasks", f"/pools/{everything.pool}/nodes"):
        answer = everything.service.send("GET", f"{path}/{quote(name, safe='')}")
        assert answer.status in (200, 400, 404)
