from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"enableAutoScale": True}, "MissingRequiredProperty", "autoScaleFormula"),
        (
            {"enableAutoScale": True, "autoScaleFormula": "x=1", "targetDedicatedNodes": 0},
            "InvalidAutoScalingSettings",
            "targetDedicatedNodes",
        ),
        ({"autoScaleFormula": "x = 1"}, "InvalidAutoScalingSettings", "autoScaleFormula"),
        (
            {"enableAutoScale": True, "autoScaleFormula": "x = (1"},
            "AutoScalingFormulaSyntaxError",
            "autoScaleFormula",
        ),
        (
            {"enableAutoScale": True, "autoScaleFormula": "x = 1" + " " * 8192},
            "AutoScalingFormulaTooLong",
            "autoScaleFormula",
        ),
    ],
)
def test_settings_of_a_new_pool_that_cannot_be(
    service: Connection, name: str, fields: dict[str, Any], code: str, named: str
) -> None:
    answer = service.send("POST", "/pools", pool_document(name, **fields))

    assert (answer.status, code_of(answer)) == (400, code)
    assert values_of(answer)["PropertyName"] == named
    assert service.send("GET", f"/pools/{name}").status == 404


@pytest.mark.parametrize(
    ("interval", "taken"),
    [("PT5M", True), ("P7D", True), ("PT4M59S", False), ("PT168H1S", False), ("PT0S", False)],
)
def test_the_interval_is_from_five_minutes_to_a_week(
    service: Connection, name: str, interval: str, taken: bool
) -> None:
    settings = {
        "enableAutoScale": True,
        "autoScaleFormula": "x = 1",
        "autoScaleEvaluationInterval": interval,
    }

    answer = service.send("POST", "/pools", pool_document(name, **settings))

    assert answer.status == (201 if taken else 400)
    if not taken:
        assert code_of(answer) == "InvalidPropertyValue"
        assert values_of(answer)["PropertyName"] == "autoScaleEvaluationInterval"


@pytest.mark.parametrize("body", [{}, {"autoScaleEvaluationInterval": "PT5M"}])
def test_a_pool_needs_a_formula_to_begin_with(
    service: Connection, empty_pool: str, body: dict[str, str]
) -> None:
    answer = service.send("POST", f"/pools/{empty_pool}/enableautoscale", body)

    assert (answer.status, code_of(answer)) == (400, "MissingRequiredProperty")
