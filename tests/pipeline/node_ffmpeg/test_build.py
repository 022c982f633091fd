from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from batchff.ffmpeg.nodes_build import nodes_wheel, own_build
from batchff.pipeline.node_ffmpeg.build import Build, blob_name, find_build
from batchff.pipeline.node_ffmpeg.errors import NoBuild
from tests.pipeline.node_ffmpeg.programs import (
    PROGRAM,
    have_none,
    index_of,
    take_for_own,
    wheel_of,
)
from tests.pipeline.recorder import Recorder


def test_the_package_of_this_machine_has_it() -> None:
    own = own_build()
    if own is None:
        pytest.skip("this machine isn't of the nodes' kind")
    build = find_build()
    assert (build.path, build.version) == own
    assert build.sha256 == hashlib.sha256(own[0].read_bytes()).hexdigest()
    assert build.blob == f"ffmpeg-{own[1]}-linux-x86_64-{build.sha256[:12]}.gz"
    assert build.program(Recorder()) == own[0]


def test_a_program_that_cant_be_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_bytes(PROGRAM)
    take_for_own(program, monkeypatch)
    program.unlink()
    with pytest.raises(NoBuild, match="can't read .*/ffmpeg: No such file"):
        find_build()


def test_on_a_machine_of_another_kind_it_is_known_before_its_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, packed = wheel_of()
    have_none(known, monkeypatch)
    build = find_build()
    assert build == Build("9.9.9", known.ffmpeg_sha256, wheel=known)
    page = f'<a href="/{known.file}">'.encode()
    answers = {"/imageio-ffmpeg/": ("text/html", page), f"/{known.file}": ("a/b", packed)}
    with index_of(answers) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        assert build.program(Recorder()).read_bytes() == PROGRAM


def test_what_machines_of_other_kinds_fetch_has_a_name_of_its_own() -> None:
    wheel = nodes_wheel()
    assert blob_name(wheel.ffmpeg_version, wheel.ffmpeg_sha256) == (
        f"ffmpeg-{wheel.ffmpeg_version}-linux-x86_64-{wheel.ffmpeg_sha256[:12]}.gz"
    )
