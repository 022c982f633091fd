"""What a line needs beside a processor, by the names of encoders, filters and devices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_KINDS = {
    "nvidia": re.compile(r"_nvenc|_cuvid|cuda|nvdec|_npp"),
    "intel": re.compile(r"qsv"),
    "vaapi": re.compile(r"vaapi"),
    "amd": re.compile(r"\bamf|_amf"),
    "vulkan": re.compile(r"vulkan|libplacebo"),
    "opencl": re.compile(r"opencl"),
    "apple": re.compile(r"videotoolbox"),
    "windows": re.compile(r"d3d1[12]|dxva2|_mf$"),
    "v4l2": re.compile(r"v4l2m2m"),
    "drm": re.compile(r"hwaccel drm|device drm"),
}
HARDWARE_OPTIONS = frozenset(
    ["hwaccel", "hwaccel_output_format", "init_hw_device", "vaapi_device", "qsv_device"]
)
_NAMING = re.compile(r"-(c|codec|vcodec|acodec|filter|vf|af)(:.*)?|-filter_complex|-lavfi")


def hardware_of(names: Iterable[str]) -> frozenset[str]:
    """Return what these names need: nvidia, intel, vaapi, vulkan …

    An option that names a device is written as a name, without its dash: `hwaccel cuda`.
    """
    named = tuple(names)
    return frozenset(
        kind for kind, shape in _KINDS.items() if any(shape.search(name) for name in named)
    )


def names_in(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the codecs, filters and devices that a run's arguments name, without parsing them."""
    for option, value in zip(arguments, arguments[1:], strict=False):
        if option.removeprefix("-") in HARDWARE_OPTIONS and option.startswith("-"):
            yield f"{option[1:]} {value}"
        elif _NAMING.fullmatch(option):
            yield value
