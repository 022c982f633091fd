from __future__ import annotations

import pytest

from batchff.ffmpeg.line.hardware import hardware_of, names_in


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        ("-i {input} -c:v h264_nvenc -c:a aac", {"nvidia"}),
        ("-hwaccel cuda -i {input} -vcodec copy", {"nvidia"}),
        ("-i {input} -filter:v:0 scale_cuda=2:2", {"nvidia"}),
        ("-i {input} -filter_complex [0:v]hwupload_cuda[v] -map [v]", {"nvidia"}),
        ("-vaapi_device /dev/dri/renderD128 -i {input} -vf hwupload -c:v h264_vaapi", {"vaapi"}),
        ("-i {input} -c:v hevc_videotoolbox", {"apple"}),
        ("-i {input} -vf libplacebo", {"vulkan"}),
        ("-i {input} -c:v libx264 -metadata title=cuda cuda.mp4", set()),
        ("-i {input} -c:v", set()),
        ("", set()),
    ],
)
def test_needed_hardware_is_found_without_parsing(words: str, needs: set[str]) -> None:
    assert hardware_of(names_in(words.split())) == needs
