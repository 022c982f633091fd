from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batchff.cli.options.recipes import Chosen
from batchff.cli.options.trying import (
    check_for_nodes,
    has_bundled,
    tell_of_other_ffmpeg,
    try_recipes,
)
from batchff.errors import UsageError
from batchff.events import Notice, Warned
from batchff.ffmpeg.line import UnknownName
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.nodes_build import nodes_version
from batchff.model.files import Source
from batchff.model.pools import PoolSpec
from batchff.pipeline.beside import FilesBeside
from tests.commands import CLIPS
from tests.pipeline.planned import SPEC
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

BUNDLED = replace(SPEC, ffmpeg="bundled", ffmpeg_version=nodes_version())
IMAGE = replace(SPEC, ffmpeg="image")
STATIC = replace(SPEC, ffmpeg="url", ffmpeg_sha256="ab" * 32)
MP3 = Chosen((preset_recipe("mp3"),))
CITY = Source(CLIPS / "city.mp4", "city.mp4", 1, 1)


def line(words: str) -> Chosen:
    lacking: list[UnknownName] = []
    recipe, parsed = line_recipe(words.split(), ".mp4", lacking=lacking)
    return Chosen((recipe,), parsed, tuple(lacking))


FDK = line("-c:a libfdk_aac")
NVENC = Chosen((preset_recipe("h264-nvenc"),))


@pytest.mark.parametrize(
    ("spec", "here", "bundled"),
    [
        (BUNDLED, False, True),
        (BUNDLED, True, True),
        (IMAGE, False, False),
        (IMAGE, True, True),
        # The emulator skips what would install it.
        (SPEC, True, True),
        (SPEC, False, False),
        (STATIC, True, False),
    ],
)
def test_it_is_known_which_nodes_have_the_bundled_one(
    spec: PoolSpec, here: bool, bundled: bool
) -> None:
    assert has_bundled(spec, here=here) is bundled


@pytest.mark.parametrize(("spec", "here"), [(BUNDLED, False), (IMAGE, True)])
def test_what_the_bundled_one_lacks_is_refused_for_nodes_that_have_it(
    spec: PoolSpec, here: bool
) -> None:
    with pytest.raises(UsageError, match="has no encoder 'libfdk_aac'"):
        check_for_nodes(FDK, spec, Recorder(), here=here)


@pytest.mark.parametrize(
    ("spec", "nodes"),
    [
        (IMAGE, "the image's own"),
        (SPEC, "from the image's package manager"),
        (STATIC, "from a URL"),
        (replace(SPEC, ffmpeg="container", container_image="f:7"), "the container image's own"),
    ],
)
def test_for_others_it_is_a_warning_and_nothing_is_tried(spec: PoolSpec, nodes: str) -> None:
    recorder = Recorder()
    check_for_nodes(FDK, spec, recorder, here=False)
    assert recorder.events == [
        Warned(
            f"not tried here: ffmpeg {nodes_version()} has no encoder 'libfdk_aac'; "
            f"the nodes' is {nodes}"
        )
    ]
    assert not try_recipes(FDK, CITY, FDK.recipes, FilesBeside({}), recorder, here=False)
    assert len(recorder.events) == 1


def test_a_gpu_is_asked_for_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="preset h264-nvenc needs an NVIDIA GPU, and Standard_D2s"):
        check_for_nodes(NVENC, BUNDLED, Recorder(), here=False)
    check_for_nodes(NVENC, replace(BUNDLED, vm_size="Standard_NC4as_T4_v3"), Recorder(), here=False)
    monkeypatch.setattr("batchff.pipeline.pool.gpu.nvidia_fault", lambda _: "no libcuda.so.1")
    with pytest.raises(UsageError, match="the emulator's nodes are this machine"):
        check_for_nodes(NVENC, IMAGE, Recorder(), here=True)


def test_what_needs_hardware_of_the_nodes_isnt_tried_here() -> None:
    recorder = Recorder()
    assert not try_recipes(NVENC, CITY, NVENC.recipes, FilesBeside({}), recorder, here=False)
    assert recorder.events == [Warned("not tried here: it needs hardware (nvidia)")]


def test_on_the_emulator_hardware_is_tried_as_all_else_is() -> None:
    words = line("-c:v h264_vaapi -vaapi_device /dev/nosuch")
    with pytest.raises(UsageError, match="ffmpeg fails: "):
        try_recipes(words, CITY, words.recipes, FilesBeside({}), Recorder(), here=True)


def test_what_works_is_tried_without_a_word() -> None:
    recorder = Recorder()
    assert try_recipes(MP3, CITY, MP3.recipes, FilesBeside({}), recorder, here=False)
    assert recorder.events == []


def test_nodes_that_have_what_was_tried_with_need_no_note() -> None:
    recorder = Recorder()
    tell_of_other_ffmpeg(BUNDLED, recorder, here=False)
    tell_of_other_ffmpeg(IMAGE, recorder, here=True)
    assert recorder.events == []


@pytest.mark.parametrize(
    ("spec", "nodes"),
    [
        (SPEC, "from the image's package manager"),
        (replace(BUNDLED, ffmpeg_version="8.1"), "8.1, bundled with batchff"),
    ],
)
def test_another_one_is_told_once(spec: PoolSpec, nodes: str) -> None:
    recorder = Recorder()
    tell_of_other_ffmpeg(spec, recorder, here=False)
    tried = f"tried here with ffmpeg {nodes_version()}"
    assert recorder.events == [Notice(f"{tried}; the nodes' is {nodes}")]


def test_an_ffmpeg_that_isnt_the_packages_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "ffmpeg"))
    recorder = Recorder()
    tell_of_other_ffmpeg(BUNDLED, recorder, here=False)
    (notice,) = recorder.of(Notice)
    assert notice.message.startswith("tried here with this machine's ffmpeg; the nodes' is ")
