"""Fits the recipes of a job to each file, by the file's inspection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from batchff.events.jobs import FileFitted, FilesLack
from batchff.ffmpeg.fit import Fitted, Maker, fit_all
from batchff.model.inspection import Inspected, Inspection, pixels_a_second
from batchff.model.recipes import Recipe
from batchff.pipeline.plan import InputFile, Piece

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_NAMED = 5


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
        """The recipes so far, and then those for any source, in their order.

        These are for files that are replaced by others, of which nothing is known.
        """
        general = (replace(recipe, salvage=self.salvage) for recipe in self.general)
        return (*self._numbers, *general)

    def files(
        self, files: Iterable[InputFile], inspected: Iterable[Inspected | None] = ()
    ) -> list[InputFile]:
        """Return each file with what is made of it; `inspected` is what is in them, if known."""
        return [self._fit(file, known) for file, known in zip_longest(files, inspected)]

    def _fit(self, file: InputFile, inspected: Inspected | None) -> InputFile:
        whole = tuple(Piece(number) for number in range(len(self.general)))
        asked = file.pieces or whole
        if isinstance(inspected, Inspection) and inspected.duration is not None:
            seconds = round(inspected.duration, 3)
            file = replace(file, seconds=seconds, pixels=pixels_a_second(inspected))
        if inspected is None or not self.makers:
            pieces = (Piece(self._number(self.general[each.recipe]), each.cut) for each in asked)
            return replace(file, pieces=tuple(pieces))
        fitted = fit_all(self.makers, inspected, self.language, salvage=self.salvage)
        used = [fitted[number] for number in dict.fromkeys(each.recipe for each in asked)]
        return replace(
            file,
            pieces=tuple(
                Piece(self._number(recipe), each.cut)
                for each in asked
                if (recipe := fitted[each.recipe].recipe) is not None
            ),
            bad=self._refused(fitted, asked),
            is_salvageable=any(each.is_salvageable for each in used),
            choices=_each_once(each.choices for each in used),
            lacks=_each_once(each.losses for each in used),
        )

    def _number(self, recipe: Recipe) -> int:
        recipe = replace(recipe, salvage=self.salvage)
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


def tell_of_fitting(files: Iterable[InputFile], reporter: Reporter) -> None:
    """Report what was chosen in files, and what the outputs lack of them: that once for all."""
    lacking: dict[str, list[str]] = {}
    for file in files:
        if not file.pieces:
            continue
        if file.choices or file.lacks:
            reporter.report(FileFitted(file.relative, file.choices, file.lacks))
        for what in file.lacks:
            lacking.setdefault(what, []).append(file.relative)
    for what, names in lacking.items():
        reporter.report(FilesLack(what, len(names), tuple(names[:_NAMED])))
