"""Says what is to be made of which file here, for an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from batchff.ffmpeg.fit import Maker, fit_all
from batchff.model.files import Source
from batchff.model.inspection import Inspected, Inspection, pixels_a_second
from batchff.model.items import WHOLE_SOURCE, Item, ItemTask
from batchff.pipeline.estimate.pieces import Work
from batchff.pipeline.sources import FoundMedia
from batchff.pipeline.submit.planning.submission import Submission


def works_of(submission: Submission, beside: Mapping[str, tuple[Source, ...]]) -> tuple[Work, ...]:
    """Return what a submit would make of files on this machine whose length is known.

    `beside` has the second inputs of each. Media that is in storage isn't here: it has none.
    """
    found = submission.found
    if not isinstance(found, FoundMedia):
        return ()
    paths = {source.relative: source.path for source in found.sources}
    pixels = {file.relative: file.pixels for file in submission.files}
    works: list[Work] = []
    for item in submission.items:
        second = tuple(source.path for source in beside.get(item.relative, ()))
        for task, start, seconds in _made(item):
            # Of a part, the file has so much.
            share = min(seconds / (item.seconds or seconds), 1.0)
            works.append(
                Work(
                    item.relative,
                    paths[item.relative],
                    submission.plan.recipes[task.recipe],
                    seconds,
                    round(item.size * share),
                    pixels.get(item.relative, 0.0),
                    start,
                    second,
                )
            )
    return tuple(works)


def works_of_files(
    looked: Iterable[tuple[str, int, Inspected]],
    paths: Mapping[str, Path],
    makers: Sequence[Maker],
    language: str,
) -> tuple[Work, ...]:
    """Return what makers make of files that were looked into, where these are at the `paths`.

    Each file has its name, its size, and what is in it.
    """
    return tuple(
        Work(
            name,
            paths[name],
            fitted.recipe,
            inspected.duration,
            size,
            pixels_a_second(inspected),
        )
        for name, size, inspected in looked
        if name in paths and isinstance(inspected, Inspection) and inspected.duration
        for fitted in fit_all(makers, inspected, language)
        if fitted.recipe is not None
    )


def most_chunks(submission: Submission) -> int:
    """Return into how many chunks a film is cut, of all that are the one with most; 1 for none."""
    return max((each.chunks for each in submission.cuts), default=0) or 1


def _made(item: Item) -> Iterator[tuple[ItemTask, float | None, float]]:
    """Yield an item's tasks that make outputs, from when they read the source, and for how long."""
    for task in item.tasks:
        if not task.makes or item.seconds is None:
            continue
        start = float(task.cut.start or 0)
        end = float(task.cut.end) if task.cut.end is not None else item.seconds
        if end > start:
            is_part = task.cut != WHOLE_SOURCE and task.work is None
            yield task, start if is_part else None, min(end, item.seconds) - start
