from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.fit import PresetMaker, QualityMaker
from batchff.ffmpeg.presets import find_preset
from batchff.model.quality import AskedQuality, Metric
from tests.model.inspections import sound, source, video


def maker(preset: str = "h264", smaller_by: float | None = None) -> QualityMaker:
    quality = AskedQuality(Metric.VMAF, 93, smaller_by=smaller_by)
    found = find_preset(preset).preset
    values = tuple((name, each.default) for name, each in found.parameters.items())
    return QualityMaker(PresetMaker(found, values), quality)


def test_what_is_fitted_to_a_source_has_the_quality() -> None:
    fitted = maker().fit(source(sound(), video()))
    assert fitted.recipe is not None and fitted.recipe.quality is not None
    assert fitted.recipe.quality.film == 1


def test_what_is_refused_stays_refused() -> None:
    assert maker().fit(source(sound())).refused == "no video in it"


def test_what_is_asked_for_is_said_in_short() -> None:
    assert maker(smaller_by=0.1).asked_for == "h264 vmaf 93 smaller only"


def test_a_preset_without_a_crf_is_refused_before_any_file() -> None:
    with pytest.raises(UsageError, match="mp3 has none"):
        _ = maker("mp3").recipe
