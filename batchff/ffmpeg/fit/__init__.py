"""Fits what is to be made to each source: which streams, which filters, and what is lost.

    maker = PresetMaker(preset, values)
    fitted = maker.fit(inspection, language="eng")

`fitted.recipe` is what is run of that source, or None where nothing can be made of it.
"""

from __future__ import annotations

from batchff.ffmpeg.fit.fitted import Fitted, Maker, fit_all
from batchff.ffmpeg.fit.line import LineMaker
from batchff.ffmpeg.fit.preset import PresetMaker
from batchff.ffmpeg.fit.quality import QualityMaker

__all__ = ["Fitted", "LineMaker", "Maker", "PresetMaker", "QualityMaker", "fit_all"]
