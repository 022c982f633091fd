from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from batchff.errors import ProfileError, UsageError
from batchff.profile import Prices, find_key, prices_of, resolve_profile
from batchff.profile.changes import set_keys

STUDIO = """\
[profiles.studio]
batch_account = "studio"

[profiles.studio.prices]  # West Europe, without tax
currency = "EUR"
Standard_D4s_v5 = 0.25
Standard_E96-24ads_v5 = 6
ask_above = 50

[profiles.studio.spot_prices]
Standard_D4s_v5 = 0.0625
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profiles.toml"


def prices_in(file: Path, environ: dict[str, str] | None = None, name: str = "studio") -> Prices:
    return prices_of(resolve_profile(name, {}, environ=environ or {}, file=file))


def test_a_profile_holds_what_a_dedicated_and_a_spot_node_cost_an_hour(file: Path) -> None:
    file.write_text(STUDIO)
    prices = prices_in(file)
    assert prices.cost("Standard_D4s_v5", dedicated=2, spot=8) == 1.0
    assert prices.cost("Standard_E96-24ads_v5", dedicated=1.5) == 9.0
    assert (prices.currency, prices.ask_above) == ("EUR", 50.0)


def test_a_vm_size_is_known_however_its_letters_are_written(file: Path) -> None:
    file.write_text(STUDIO)
    assert prices_in(file).cost("STANDARD_D4S_V5", dedicated=1) == 0.25


def test_a_price_that_is_missing_makes_the_cost_unknown_and_its_key_is_named(file: Path) -> None:
    file.write_text(STUDIO)
    prices = prices_in(file)
    assert prices.cost("Standard_E96-24ads_v5", dedicated=1, spot=1) is None
    assert prices.missing("Standard_E96-24ads_v5", dedicated=1, spot=1) == [
        "spot_prices.Standard_E96-24ads_v5"
    ]
    assert prices.cost("Standard_NC6", dedicated=1) is None
    assert prices.cost("Standard_NC6") == 0.0  # no node, no cost


def test_prices_are_set_as_other_settings_are(file: Path) -> None:
    set_keys(file, "studio", {"prices.Standard_D4s_v5": "0.23", "prices.currency": "EUR"})
    set_keys(file, "studio", {"spot_prices.Standard_D4s_v5": "0.046"})
    assert tomllib.loads(file.read_text())["profiles"]["studio"] == {
        "prices": {"Standard_D4s_v5": 0.23, "currency": "EUR"},
        "spot_prices": {"Standard_D4s_v5": 0.046},
    }


def test_a_price_can_come_from_the_environment(file: Path) -> None:
    file.write_text(STUDIO)
    environ = {
        "BATCHFF_PRICES_STANDARD_D4S_V5": "0.5",
        "BATCHFF_SPOT_PRICES_STANDARD_F8S_V2": "0.125",
        "BATCHFF_PRICES_ASK_ABOVE": "7",
    }
    prices = prices_in(file, environ)
    assert prices.cost("Standard_D4s_v5", dedicated=1) == 0.5
    assert prices.cost("Standard_F8s_v2", spot=1) == 0.125
    assert prices.ask_above == 7.0


@pytest.mark.parametrize("value", ["-0.01", "free", "nan", "inf", "", "true", "0,23"])
def test_what_is_no_price_is_refused(value: str, file: Path) -> None:
    with pytest.raises(UsageError, match=r"prices\.Standard_D4s_v5 must be an amount of money"):
        set_keys(file, "studio", {"prices.Standard_D4s_v5": value})
    assert not file.exists()


@pytest.mark.parametrize("name", ["prices.curency", "prices", "prices.spot.Standard_D4s_v5"])
def test_a_price_needs_the_name_of_a_vm_size(name: str) -> None:
    with pytest.raises(ProfileError, match="no profile has a key"):
        find_key(name)


def test_the_emulators_nodes_are_free(file: Path) -> None:
    prices = prices_in(file, name="local")
    assert prices.cost("Standard_D4s_v5", dedicated=100) == 0.0
    assert prices.missing("Standard_D4s_v5", dedicated=100) == []


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0.00 EUR"), (0.046, "0.0460 EUR"), (0.23, "0.23 EUR"), (12345.678, "12,345.68 EUR")],
)
def test_money_is_written_as_people_read_it(amount: float, text: str) -> None:
    assert Prices(currency="EUR").text(amount) == text
    assert Prices().text(1) == "1.00"
