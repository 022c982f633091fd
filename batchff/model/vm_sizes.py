"""What the name of a VM size says.

By "Azure virtual machine sizes naming conventions"; the dates are from "Retired Azure VM sizes".
"""

from __future__ import annotations

import re
from datetime import date

# family, cores, perhaps those that are left of them, features, and perhaps accelerator and version
_SIZE = re.compile(
    r"(?:standard|basic)_([a-z]+)(\d+)(?:-(\d+))?([a-z]*)((?:_[a-z0-9]+)*?)(?:_v(\d+))?",
    re.ASCII | re.IGNORECASE,
)
# Their numbers count sizes, not cores.
_NUMBERED = re.compile(
    r"(standard|basic)_([ag]s?\d+(_promo)?|ds?1?\d(_v2)?(_promo)?)", re.ASCII | re.IGNORECASE
)
_RETIREMENTS = (
    (re.compile(r"standard_a\d+m?_v2", re.IGNORECASE), date(2028, 11, 15)),
    (re.compile(r"standard_fs?\d+s?(_v2)?", re.IGNORECASE), date(2028, 11, 15)),
)

SIZES_FOR_ENCODING = (
    *(
        f"Standard_D{cores}{kind}_v5"
        for kind in ("s", "as", "ls")
        for cores in (2, 4, 8, 16, 32, 48, 64)
    ),
    *(
        f"Standard_F{cores}{kind}_v6"
        for kind in ("as", "als")
        for cores in (2, 4, 8, 16, 32, 48, 64)
    ),
    *(f"Standard_NC{cores}as_T4_v3" for cores in (4, 8, 16)),
    *(f"Standard_NV{cores}ads_A10_v5" for cores in (6, 12, 18, 36)),
)
"""What completion offers: general purpose and compute optimized sizes, and such with an encoder.

By "Dsv5", "Dasv5", "Dlsv5", "Fasv6", "Falsv6", "NCasT4_v3" and "NVadsA10_v5" of "Sizes for virtual
machines in Azure".
"""

# Beside NVIDIA's there are some of AMD's: MI25 in NVv4, Instinct and Radeon Pro by their names.
_AMD = re.compile(r"standard_(nv\d+as_v4|n\w+_(mi\d+\w*|v[67][12]0)(_v\d+)?)", re.IGNORECASE)
# NVIDIA's "Video Encode and Decode GPU Support Matrix" has them without an encoder.
_WITHOUT_NVENC = re.compile(r"standard_(nd96asr_v4|n\w+_(a100|h100|h200)(_v\d+)?)", re.IGNORECASE)


def is_vm_size(name: str) -> bool:
    """Return whether a name is written as VM sizes are: `Standard_D4s_v5`."""
    return _SIZE.fullmatch(name) is not None


def cores_of(vm_size: str) -> int | None:
    """Return the cores of a VM size, where its name says it."""
    match = _SIZE.fullmatch(vm_size)
    if match is None or _NUMBERED.fullmatch(vm_size):
        return None
    return int(match[3] or match[2]) or None


def retirement_of(vm_size: str) -> date | None:
    """Return when a VM size is retired, where that was announced."""
    for sizes, day in _RETIREMENTS:
        if sizes.fullmatch(vm_size):
            return day
    return None


def is_arm(vm_size: str) -> bool:
    """Return whether a VM size has ARM processors: its features have a `p`, as `D4ps_v5` has."""
    match = _SIZE.fullmatch(vm_size)
    return match is not None and "p" in match[4].lower()


def gpu_of(vm_size: str) -> str:
    """Return whose GPUs a VM size has, by its name: `nvidia`, `amd` or nobody's."""
    match = _SIZE.fullmatch(vm_size)
    # NP has no GPU.
    if match is None or not match[1].lower().startswith(("nc", "nd", "ng", "nv")):
        return ""
    return "amd" if _AMD.fullmatch(vm_size) else "nvidia"


def has_nvenc(vm_size: str) -> bool:
    """Return whether a VM size has NVIDIA GPUs that encode video, by its name."""
    return gpu_of(vm_size) == "nvidia" and not _WITHOUT_NVENC.fullmatch(vm_size)
