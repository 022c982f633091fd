"""Fits what is to be made to each file of a job, by what a look into it said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from batchff.ffmpeg.fit import Fitted, Maker, fit_all
from batchff.model.inspection import Inspected
from batchff.model.recipes import Recipe
from batchff.pipeline.plan import Piece


@dataclass(frozen=True, slots=True)
class FittedFile:
    """What is made of a file: its `pieces`, by the numbers of the job's own recipes.

    `bad` says why nothing is made of it, or not all. `choices` and `lacks` are said of what is.
    """

    pieces: tuple[Piece, ...] = ()
    bad: str = ""
    choices: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Fitting:
    """Collects the recipes of a job: files alike share one.

    `makers` are what the user asked for. Where there are none, nothing depends on a file, and each
    gets what is made of any.
    """

    general: Sequence[Recipe]
    makers: Sequence[Maker] = ()
    language: str = ""
    salvage: bool = False
    _numbers: dict[Recipe, int] = field(default_factory=dict)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The recipes so far; where no file was fitted, those for any source."""
        return tuple(self._numbers) or tuple(self.general)

    def fit(self, inspected: Inspected | None, pieces: Sequence[Piece] = ()) -> FittedFile:
        """Return what is made of a file; `pieces` are what is asked of it, if not all of the whole.

        Nothing is known of a file that wasn't looked into.
        """
        asked = tuple(pieces) or tuple(Piece(number) for number in range(len(self.general)))
        if inspected is None or not self.makers:
            return FittedFile(
                tuple(Piece(self._number(self.general[each.recipe]), each.cut) for each in asked)
            )
        fitted = fit_all(self.makers, inspected, self.language, salvage=self.salvage)
        made = [
            Piece(self._number(recipe), each.cut)
            for each in asked
            if (recipe := fitted[each.recipe].recipe) is not None
        ]
        used = [fitted[number] for number in dict.fromkeys(each.recipe for each in asked)]
        return FittedFile(
            tuple(made),
            self._refused(fitted, asked),
            _each_once(each.choices for each in used),
            _each_once(each.losses for each in used),
        )

    def _number(self, recipe: Recipe) -> int:
        return self._numbers.setdefault(recipe, len(self._numbers))

    def _refused(self, fitted: Sequence[Fitted], asked: Sequence[Piece]) -> str:
        """Return why something isn't made; the preset is named where others are."""
        reasons: dict[str, list[str]] = {}
        numbers = tuple(dict.fromkeys(each.recipe for each in asked))
        for number in numbers:
            if reason := fitted[number].refused:
                reasons.setdefault(reason, []).append(self.general[number].name)
        if not reasons:
            return ""
        if len(reasons) == 1 and sum(map(len, reasons.values())) == len(numbers):
            return next(iter(reasons))
        return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())


def _each_once(said: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for texts in said for text in texts))
