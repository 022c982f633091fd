from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import pytest

from batchff.ffmpeg.line.table import load_table
from batchff.ffmpeg.nodes_build import nodes_version, nodes_wheel, own_build


def test_the_wheel_for_machines_of_other_kinds_has_the_same_ffmpeg() -> None:
    own = own_build()
    if own is None:
        pytest.skip("this machine isn't of the nodes' kind")
    path, version = own
    wheel = nodes_wheel()
    assert wheel.file.startswith(f"imageio_ffmpeg-{metadata.version('imageio-ffmpeg')}-py3-none-")
    assert wheel.file.endswith("_x86_64.whl")
    assert Path(wheel.member).name == path.name
    assert wheel.ffmpeg_version == version == nodes_version()
    assert wheel.ffmpeg_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_lines_are_read_by_what_that_ffmpeg_knows() -> None:
    assert load_table().version == nodes_wheel().ffmpeg_version


def test_elsewhere_the_version_is_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchff.ffmpeg.nodes_build.find_spec", lambda _: None)
    assert own_build() is None
    assert nodes_version() == nodes_wheel().ffmpeg_version
