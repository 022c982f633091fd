from __future__ import annotations

from datetime import date

import pytest

from batchff.model.vm_sizes import cores_of, gpu_of, has_nvenc, is_arm, is_vm_size, retirement_of


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


@pytest.mark.parametrize("name", ["Standard_D4ps_v5", "standard_d2pls_v6", "Standard_E4pds_v6"])
def test_some_sizes_have_arm_processors(name: str) -> None:
    assert is_arm(name)


@pytest.mark.parametrize("name", ["Standard_D4s_v5", "Standard_NP10s", "Standard_F4as_v6", "p"])
def test_others_have_none(name: str) -> None:
    assert not is_arm(name)


@pytest.mark.parametrize(
    ("name", "gpu", "encodes"),
    [
        ("Standard_NC4as_T4_v3", "nvidia", True),
        ("standard_nv6ads_a10_v5", "nvidia", True),
        ("Standard_NC6s_v3", "nvidia", True),
        ("Standard_ND40rs_v2", "nvidia", True),
        ("Standard_NV12s_v3", "nvidia", True),
        ("Standard_NC24ads_A100_v4", "nvidia", False),
        ("Standard_ND96asr_v4", "nvidia", False),
        ("Standard_ND96isr_H100_v5", "nvidia", False),
        ("Standard_NC80adis_H100_v5", "nvidia", False),
        ("Standard_NV4as_v4", "amd", False),
        ("Standard_NV4ads_V710_v5", "amd", False),
        ("Standard_NG8ads_V620_v1", "amd", False),
        ("Standard_ND96isr_MI300X_v5", "amd", False),
        ("Standard_NP10s", "", False),
        ("Standard_D4s_v5", "", False),
        ("nonsense", "", False),
    ],
)
def test_a_sizes_gpus_are_known_by_its_name(name: str, gpu: str, encodes: bool) -> None:
    assert (gpu_of(name), has_nvenc(name)) == (gpu, encodes)
