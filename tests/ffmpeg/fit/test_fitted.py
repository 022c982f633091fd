from __future__ import annotations

from dataclasses import replace

from batchff.ffmpeg.fit import Fitted, fit_all
from batchff.ffmpeg.fit.fitted import FittedShapes
from batchff.ffmpeg.fit.preset import PresetMaker
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.model.inspection import Inspection, NotMedia, Problem, ProblemKind
from tests.model.inspections import sound, source, video


def test_sources_of_one_shape_are_fitted_once_for_each_language() -> None:
    asked: list[tuple[int, str]] = []

    def fit(inspection: Inspection, language: str) -> Fitted:
        asked.append((len(inspection.streams), language))
        return Fitted(choices=(language,))

    shapes = FittedShapes()
    one, other = source(video()), source(video(), sound())
    first = shapes.get(one, "eng", fit)

    assert shapes.get(replace(one, size=2), "eng", fit) is first
    assert shapes.get(one, "deu", fit).choices == ("deu",)
    shapes.get(other, "eng", fit)
    assert asked == [(1, "eng"), (1, "deu"), (2, "eng")]


def test_only_a_source_that_opens_and_lacks_a_part_can_be_salvaged() -> None:
    preset = find_preset("h264").preset
    makers = (PresetMaker(preset, tuple(read_settings({}, preset).items())),)
    cut = source(video(), problems=(Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s"),))

    (refused,) = fit_all(makers, cut)
    assert (refused.refused, refused.is_salvageable) == ("1.2 of 4.0 s", True)
    (salvaged,) = fit_all(makers, cut, salvage=True)
    assert salvaged.recipe and not salvaged.is_salvageable
    (not_media,) = fit_all(makers, NotMedia("it's a text, cut off"))
    assert (not_media.refused, not_media.is_salvageable) == ("it's a text, cut off", False)
