from __future__ import annotations

from pathlib import Path

from batchff.cli.words.money import price_hint
from batchff.profile import Profile, resolve_profile

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
