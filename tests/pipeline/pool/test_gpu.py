from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.pipeline.pool.gpu import (
    recipe_hardware,
    recipe_words,
    refuse_without_gpu,
    refuse_without_own_gpu,
)
from tests.recipes import custom_recipe, one_run, preset_recipe

T4, A100, AMD, PLAIN = (
    "Standard_NC4as_T4_v3",
    "Standard_NC24ads_A100_v4",
    "Standard_NV4as_v4",
    "Standard_D4s_v5",
)


@pytest.mark.parametrize("name", ["h264-nvenc", "hevc-nvenc"])
def test_presets_for_nvidias_encoder_say_so(name: str) -> None:
    recipe = preset_recipe(name)
    assert recipe_hardware(recipe) == {"nvidia"}
    assert recipe_words(recipe) == f"preset {name}"
    refuse_without_gpu([recipe], T4)


@pytest.mark.parametrize(
    ("words", "size", "said"),
    [
        ("-c:v h264_nvenc", PLAIN, "the line needs an NVIDIA GPU, and Standard_D4s_v5 has none"),
        ("-c:v h264_nvenc", AMD, "the line needs an NVIDIA GPU, and Standard_NV4as_v4 has none"),
        ("-c:v h264_nvenc", A100, "the line needs an NVIDIA GPU that encodes video, and "),
        ("-vf scale_cuda=2:2", PLAIN, "the line needs an NVIDIA GPU, and "),
        ("-c:v h264_amf", T4, "the line needs an AMD GPU, and "),
        ("-c:v h264_vaapi", PLAIN, "the line needs a GPU, and "),
        ("-c:v h264_qsv", PLAIN, "the line needs a GPU, and "),
        ("-c:v h264_videotoolbox", T4, "the line needs macOS, and nodes run Linux"),
    ],
)
def test_what_nodes_surely_lack_is_refused(words: str, size: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        refuse_without_gpu([preset_recipe("mp3"), one_run(words.split(), ".mp4")], size)
    assert raised.value.message.startswith(said)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("-c:v libx264", PLAIN),
        ("-vf scale_cuda=2:2 -c:v libx264", A100),
        ("-c:v h264_amf", AMD),
        ("-c:v h264_vaapi", AMD),
        # They may run on a processor.
        ("-vf libplacebo", PLAIN),
        ("-vf tonemap_opencl", PLAIN),
    ],
)
def test_what_they_may_have_is_not(words: str, size: str) -> None:
    refuse_without_gpu([custom_recipe(words, ".mp4")], size)


def test_on_the_emulator_this_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchff.pipeline.pool.gpu.nvidia_fault", lambda _: "no libcuda.so.1")
    refuse_without_own_gpu([preset_recipe("h264")])
    with pytest.raises(UsageError) as raised:
        refuse_without_own_gpu([preset_recipe("h264-nvenc")])
    assert raised.value.message == (
        "preset h264-nvenc needs an NVIDIA GPU, and the emulator's nodes are this machine, on "
        "which ffmpeg can't use one: no libcuda.so.1"
    )
    monkeypatch.setattr("batchff.pipeline.pool.gpu.nvidia_fault", lambda _: "")
    refuse_without_own_gpu([preset_recipe("h264-nvenc")])
