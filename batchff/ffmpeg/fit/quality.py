"""Fits what a maker makes to the quality that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from batchff.errors import UsageError
from batchff.ffmpeg.fit.fitted import Fitted, Maker
from batchff.ffmpeg.quality import with_quality
from batchff.model.inspection import Inspection
from batchff.model.quality import AskedQuality
from batchff.model.recipes import Recipe


@dataclass(frozen=True)
class QualityMaker:
    """Makes what another maker makes, in a quality or a size that is asked for."""

    maker: Maker
    asked: AskedQuality

    @cached_property
    def recipe(self) -> Recipe:
        """What is made of any source; raises UsageError where no quality can be asked of it."""
        return with_quality(self.maker.recipe, self.asked)

    @property
    def asked_for(self) -> str:
        """What the user asked for, with the quality and the size."""
        asked = self.asked
        words = [self.maker.asked_for]
        if asked.metric is not None:
            words.append(f"{asked.metric} {asked.target:g}")
        if asked.smaller_by is not None:
            words.append("smaller only")
        return " ".join(words)

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        """Return what is made of a source; `language` is the one to hear."""
        fitted = self.maker.fit(inspection, language)
        if fitted.recipe is None:
            return fitted
        try:
            return replace(fitted, recipe=with_quality(fitted.recipe, self.asked))
        except UsageError as error:
            return Fitted(refused=error.message)
