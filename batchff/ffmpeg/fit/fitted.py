"""What is made of one source, once it's known what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from batchff.ffmpeg.streams import FORMATS_WITHOUT_A_CLOCK
from batchff.model.inspection import Inspected, Inspection, NotMedia
from batchff.model.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is made of a source; where nothing can be, `refused` says why.

    A source that `is_salvageable` is refused only because it's cut off or damaged. `choices` say
    what was chosen where there was a choice, `losses` which parts of the source are in no output,
    both in words.
    """

    recipe: Recipe | None = None
    refused: str = ""
    choices: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    is_salvageable: bool = False


class Maker(Protocol):
    """Makes something of each source: a preset with its values, or a line of ffmpeg's own."""

    @property
    def recipe(self) -> Recipe:
        """What is made of any source, where nothing is known of it."""

    @property
    def asked_for(self) -> str:
        """What the user asked for, as one would write it: `h264 crf=28`, or ffmpeg's arguments."""

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        """Return what is made of a source; `language` is the one to hear."""


@dataclass(frozen=True, slots=True)
class FittedShapes:
    """Remembers what was fitted: sources of one shape get one recipe, and are fitted once."""

    _known: dict[tuple[Inspection, str], Fitted] = field(default_factory=dict)

    def get(
        self, inspection: Inspection, language: str, fit: Callable[[Inspection, str], Fitted]
    ) -> Fitted:
        """Return what is made of a source; `fit` makes it of a shape that is new."""
        shape = shape_of(inspection)
        if (shape, language) not in self._known:
            self._known[shape, language] = fit(shape, language)
        return self._known[shape, language]


def fit_all(
    makers: Sequence[Maker], inspected: Inspected, language: str = "", *, salvage: bool = False
) -> tuple[Fitted, ...]:
    """Return what each maker makes of a source.

    A source that is cut off or damaged is refused, unless what is left of it is to be salvaged.
    """
    if isinstance(inspected, NotMedia):
        return (Fitted(refused=inspected.reason),) * len(makers)
    if inspected.problems and not salvage:
        refused = Fitted(refused=inspected.problems[0].words, is_salvageable=True)
        return (refused,) * len(makers)
    return tuple(maker.fit(inspected, language) for maker in makers)


def is_picture(inspection: Inspection) -> bool:
    """Return whether a source is a single picture, whatever it's called."""
    return inspection.format.endswith("_pipe") or inspection.format in ("image2", "ico")


def shape_of(inspection: Inspection) -> Inspection:
    """Return an inspection without the facts that change no recipe.

    Sources of one shape get one recipe.
    """
    begun = [stream.begins for stream in inspection.streams if stream.begins is not None]
    has_begins = inspection.format in FORMATS_WITHOUT_A_CLOCK and begun
    return replace(
        inspection,
        size=0,
        duration=None,
        start=None,
        timecode=inspection.timecode and "00:00:00:00",
        problems=(),
        tags=tuple(sorted(inspection.tags)),
        streams=tuple(
            replace(
                stream,
                start=None,
                duration=_tenth(stream.duration),
                begins=None
                if not has_begins or stream.begins is None
                else round(stream.begins - min(begun), 2),
                ends=None,
                frames=min(stream.frames, 2) if stream.frames is not None else None,
                packets=min(stream.packets, 2) if stream.packets is not None else None,
                bit_rate=None,
                picture=stream.picture and replace(stream.picture, frame_rate=0.0),
            )
            for stream in inspection.streams
        ),
    )


def _tenth(duration: float | None) -> float | None:
    """Return a duration that still tells a picture's from a film's."""
    return None if duration is None else min(duration, 1.0) if duration < 1 else 10.0
