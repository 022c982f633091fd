"""Sources for presets: a generated clip, and real footage of Debian's opencv-doc."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

_FOOTAGE = Path("/usr/share/doc/opencv-doc")


def make(file: Path, *words: str) -> Path:
    """Write a file with the ffmpeg that imageio-ffmpeg carries."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-nostdin", "-v", "error", *words, file], check=True, timeout=60)
    return file


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a half of moving picture and a tone; it has a title."""
    return make(
        tmp_path_factory.mktemp("clip") / "clip.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=322x180:rate=24000/1001:duration=1.5"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1.5"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-ac", "2", "-metadata", "title=Küche"),
    )


@pytest.fixture(scope="session")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of odd sides and no sound."""
    return make(
        tmp_path_factory.mktemp("silent") / "silent.mkv",
        *("-f", "lavfi", "-i", "testsrc=size=321x181:rate=25:duration=0.6", "-c:v", "ffv1"),
    )


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As browsers record: a thousand pictures a second are claimed, and few are there."""
    return make(
        tmp_path_factory.mktemp("recording") / "recording.webm",
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=1000:duration=4"),
        *("-vf", "select='not(mod(n,400))+eq(n,1501)+eq(n,3010)'", "-fps_mode", "passthrough"),
        *("-enc_time_base:v", "1:1000", "-c:v", "libvpx", "-deadline", "realtime"),
    )


@pytest.fixture(scope="session")
def whole_film() -> Path:
    """A real film of eleven seconds, with sound."""
    return _films()["Megamind"]


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The first 0.6 seconds of real films, by name: copied, so that they are as they were."""
    folder = tmp_path_factory.mktemp("footage")
    return {
        name: make(folder / f"{name}.avi", "-i", str(file), "-t", "0.6", "-map", "0", "-c", "copy")
        for name, file in _films().items()
        if name in ("Megamind", "tree", "vtest")
    }


def _films() -> dict[str, Path]:
    found = {file.stem: file for file in _FOOTAGE.rglob("*.avi")}
    if not found:
        if "CI" in os.environ:
            pytest.fail("opencv-doc isn't installed")
        pytest.skip("real footage needs Debian's opencv-doc: apt-get install opencv-doc")
    return found
