from __future__ import annotations

import pytest

from batchff.model.node_ffmpeg import FfmpegSource, ffmpeg_text


@pytest.mark.parametrize("source", FfmpegSource)
def test_each_source_is_told_in_words(source: FfmpegSource) -> None:
    words = ffmpeg_text("", source)
    assert words and words != source
    assert ffmpeg_text("7.1", source) == f"7.1, {words}"


def test_a_word_of_a_later_batchff_is_shown_as_it_is() -> None:
    assert ffmpeg_text("9", "mirror") == "9, mirror"
