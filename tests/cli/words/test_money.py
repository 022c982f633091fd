from __future__ import annotations

from pathlib import Path

import pytest

from batchff.cli.invocation import Invocation
from batchff.cli.words.money import price_hint, tell_of_nodes
from batchff.events.pools import NodeTerms
from batchff.profile import Profile, resolve_profile
from tests.pipeline.recorder import Recorder

MISSING = ["prices.Standard_D4s_v5", "spot_prices.Standard_D4s_v5", "prices.Standard_D4s_v5"]


def profile(name: str, tmp_path: Path) -> Profile:
    file = tmp_path / "profiles.toml"
    file.write_text("[profiles.studio]\n")
    return resolve_profile(name, {}, environ={}, file=file)


def test_prices_are_added_to_the_profile(tmp_path: Path) -> None:
    assert price_hint(profile("studio", tmp_path), MISSING) == (
        "add them with: batchff profile set studio "
        "prices.Standard_D4s_v5=PRICE spot_prices.Standard_D4s_v5=PRICE"
    )


def test_the_built_in_profile_takes_them_from_the_environment(tmp_path: Path) -> None:
    hint = price_hint(profile("local", tmp_path), MISSING)
    assert hint == "set BATCHFF_PRICES_STANDARD_D4S_V5 and BATCHFF_SPOT_PRICES_STANDARD_D4S_V5"


def test_what_nodes_cost_is_told_by_the_profiles_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BATCHFF_BATCH_ACCOUNT": "a",
        "BATCHFF_BATCH_ENDPOINT": "https://a.westeurope.batch.azure.com",
        "BATCHFF_PRICES_STANDARD_D2S_V5": "0.1",
        "BATCHFF_PRICES_CURRENCY": "EUR",
    }.items():
        monkeypatch.setenv(name, value)
    recorder = Recorder()
    tell_of_nodes("Standard_D2s_v5", 2, recorder, Invocation())
    assert recorder.events == [
        NodeTerms("Standard_D2s_v5", 2, here=False, hourly=0.1, currency="EUR")
    ]


def test_nodes_of_this_machine_are_told_as_such() -> None:
    recorder = Recorder()
    tell_of_nodes("Standard_D2s_v5", 1, recorder, Invocation())
    (terms,) = recorder.of(NodeTerms)
    assert terms.here
