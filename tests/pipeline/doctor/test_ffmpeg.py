from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cloud.storage import Storage
from batchff.pipeline.doctor.check import Status
from batchff.pipeline.doctor.ffmpeg import check_bundled, check_ffmpeg, check_gpu
from batchff.pipeline.node_ffmpeg.build import find_build
from batchff.pipeline.node_ffmpeg.send import send
from tests.pipeline.node_ffmpeg.programs import PROGRAM, have_none, take_for_own, wheel_of
from tests.pipeline.planned import SPEC
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

BUNDLED = replace(SPEC, ffmpeg="bundled", ffmpeg_version="9.9.9")


def test_it_is_said_whether_the_bundled_one_is_sent(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ffmpeg").write_bytes(PROGRAM)
    take_for_own(tmp_path / "ffmpeg", monkeypatch)
    before = check_bundled(BUNDLED, "programs-doctor", storage)
    assert (before.status, before.message) == (
        Status.OK,
        "9.9.9, bundled with batchff; the first pool sends it to container programs-doctor",
    )
    assert storage.container("programs-doctor") is None
    send(find_build(), "programs-doctor", storage, Recorder())
    after = check_bundled(BUNDLED, "programs-doctor", storage)
    assert after.message == "9.9.9, bundled with batchff, in container programs-doctor"


def test_a_machine_that_must_fetch_it_is_told(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_none(wheel_of()[0], monkeypatch)
    check = check_bundled(BUNDLED, "programs-elsewhere", storage)
    assert "it's fetched for this machine once, from a Python package index" in check.message


@pytest.mark.parametrize("source", ["image", "apt", "url", "container"])
def test_others_are_said(source: str) -> None:
    check = check_ffmpeg(replace(SPEC, ffmpeg=source), nodes_here=False)
    assert check.status is Status.OK and "; " in check.message


def test_a_gpu_is_checked_where_one_is_needed() -> None:
    nvenc = [preset_recipe("h264-nvenc")]
    assert check_gpu([preset_recipe("h264")], SPEC, nodes_here=False) == []
    (without,) = check_gpu(nvenc, SPEC, nodes_here=False)
    assert (without.status, without.name) == (Status.FAILURE, "GPU")
    assert "--vm-size Standard_NC4as_T4_v3" in without.advice
    (by_name,) = check_gpu(nvenc, replace(SPEC, vm_size="Standard_NC4as_T4_v3"), nodes_here=False)
    assert by_name.status is Status.WARNING
    assert "whether the image has its driver isn't checked" in by_name.message


@pytest.mark.parametrize("fault", ["no libcuda.so.1", ""])
def test_on_the_emulator_it_is_this_machines(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchff.pipeline.pool.gpu.nvidia_fault", lambda _: fault)
    (check,) = check_gpu([preset_recipe("hevc-nvenc")], SPEC, nodes_here=True)
    assert check.status is (Status.FAILURE if fault else Status.OK)
