from __future__ import annotations

from datetime import date

import pytest

from batchff.model.vm_sizes import cores_of, is_vm_size, retirement_of


@pytest.mark.parametrize(
    ("name", "cores"),
    [
        ("Standard_D4s_v5", 4),
        ("standard_d16ads_v6", 16),
        ("Standard_E8-4ds_v5", 4),
        ("Standard_HB120-16rs_v3", 16),
        ("Standard_NC24ads_A100_v4", 24),
        ("Standard_F72s_v2", 72),
        ("Standard_A8_v2", 8),
        ("Standard_A8", None),
        ("Basic_A3", None),
        ("Standard_DS3_v2", None),
        ("Standard_D14", None),
    ],
)
def test_a_name_tells_the_cores_where_its_number_counts_them(name: str, cores: int | None) -> None:
    assert is_vm_size(name)
    assert cores_of(name) == cores


@pytest.mark.parametrize("name", ["", "D4s_v5", "Standard_", "Standard_D", "Standard D4s_v5", "4"])
def test_other_names_are_no_sizes(name: str) -> None:
    assert not is_vm_size(name)


@pytest.mark.parametrize(
    "name", ["Standard_A4m_v2", "Standard_F8", "Standard_F2s", "standard_f4s_v2"]
)
def test_some_sizes_are_retired(name: str) -> None:
    assert retirement_of(name) == date(2028, 11, 15)


@pytest.mark.parametrize("name", ["Standard_D4s_v5", "Standard_F4as_v6", "Standard_FX4mds"])
def test_others_stay(name: str) -> None:
    assert retirement_of(name) is None
