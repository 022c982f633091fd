"""The ffmpegs that tests run with: the machine's own, and the one that imageio-ffmpeg carries."""

from __future__ import annotations

import shutil
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest


def _machines_own() -> Path:
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("there is no ffmpeg on this machine's PATH")
    return Path(found)


def _imageios() -> Path:
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        pytest.skip(f"imageio-ffmpeg carries no ffmpeg here: {error}")


_PROGRAMS = {"machine": _machines_own, "imageio": _imageios}


@pytest.fixture(params=_PROGRAMS)
def ffmpeg(request: pytest.FixtureRequest) -> Path:
    """Each ffmpeg in turn; a test that asks for it runs once with each."""
    return _PROGRAMS[request.param]()


# For what depends on the script, or on batchff, and hardly on ffmpeg: the bundled one, which starts
# in a tenth of the time. `.ci/long` runs it with the machine's own too.
one_ffmpeg = pytest.mark.parametrize(
    "ffmpeg", ["imageio", pytest.param("machine", marks=pytest.mark.long)], indirect=True
)
