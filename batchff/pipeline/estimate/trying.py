"""Encodes pieces of files here until enough is known, or the time is over."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from batchff.errors import BatchffError
from batchff.ffmpeg.sampling import AHEAD, Sample, can_sample, sample
from batchff.ffmpeg.scoring import next_crf
from batchff.ffmpeg.trial import RecipeFailed
from batchff.model.estimates import Encoding
from batchff.pipeline.estimate.encoding import Known, encoding
from batchff.pipeline.estimate.pieces import Work, places

BUDGET = 30.0
"""Seconds for a folder of any size."""

LONGER = 4.0
"""How much longer it may take where a quality is asked for: pieces are encoded more than once."""

_PIECES = 12
_LONGEST = 6.0
_SHORTEST = 1.0
_ENOUGH = 12
_NARROW = 0.1
_FAILURES = 5
_ENCODES = 3
_NEAR = 1.0
_USUAL = 1920 * 1080 * 30.0
"""Pixels a second of which the first piece may be as long as any other."""


class NothingTried(BatchffError):
    """No piece of any file could be encoded here."""


def try_pieces(works: Sequence[Work], ffmpeg: Path, budget: float = BUDGET) -> Encoding:
    """Encode pieces of files, and return what all of them are likely to come to.

    It takes about `budget` seconds at most. Raises NothingTried with the reason where no piece can
    be encoded.
    """
    began = time.monotonic()
    until = began + budget
    known: dict[int, Known] = {}
    pace = 0.0  # of works' weight for each second here
    crfs: dict[int, float] = {}
    failed = ""
    failures = skipped = 0
    for at, place in places(works):
        if _is_done(works, known) or time.monotonic() >= until or failures > _FAILURES:
            break
        work = works[at]
        if at in known and known[at].is_whole:
            continue
        here = pace / work.density
        piece = _piece(work, place, *_lengths(work, here, budget))
        length = work.seconds if piece is None else piece[1]
        if known and (until - time.monotonic()) * here < length / 2:
            skipped += 1
            if skipped > len(works):
                break  # each was asked for: there is no time for any
            continue
        start = time.monotonic()
        try:
            startup = known[at].startup if at in known else None
            if piece == _all_of(work):
                startup = 0.0  # it's in what all of it takes
            found = _tried(work, piece, crfs, at, ffmpeg, until, startup)
        except RecipeFailed as error:
            failed, failures = error.message, failures + 1
            continue
        pace = found.seconds * work.density / max(time.monotonic() - start, 0.001)
        is_whole = piece is None or piece == _all_of(work)
        known[at] = _with(known.get(at), found, is_whole=is_whole)
    if not known:
        raise NothingTried(
            f"what it comes to can't be told: {failed or 'there was too little time'}",
            hint="encode one file as a trial",
        )
    return encoding(works, known)


def _tried(
    work: Work,
    piece: tuple[float, float] | None,
    crfs: dict[int, float],
    at: int,
    ffmpeg: Path,
    until: float,
    startup: float | None,
) -> Sample:
    """Encode a piece; where a quality is asked for, with the CRF that its node is likely to find.

    `crfs` has what is known of each work, by its number, and learns from this piece.
    """
    quality = work.recipe.quality
    sampled = partial(
        sample,
        source=work.path,
        ffmpeg=ffmpeg,
        until=until,
        piece=piece,
        beside=work.beside,
        length=work.seconds,
    )
    if quality is None:
        return sampled(work.recipe, startup=startup)
    # What another file needed is a better guess than the usual.
    crf = crfs.get(at, next(reversed(crfs.values()), quality.start))
    for _ in range(_ENCODES):
        asked = replace(work.recipe, quality=replace(quality, start=round(crf, 2)))
        found = sampled(asked, startup=startup)
        startup = found.startup
        if found.score is None:
            return found
        better = next_crf(quality, crf, found.score)
        is_near = abs(better - crf) <= _NEAR
        crf = better
        if is_near or at in crfs:
            break
    # A film has one CRF: pieces of it differ in their scores.
    crfs[at] = (crfs[at] + crf) / 2 if at in crfs else crf
    return found


def _with(known: Known | None, found: Sample, *, is_whole: bool) -> Known:
    if known is None or is_whole:
        return Known((found,), is_whole)
    return Known((*known.samples, found))


def _lengths(work: Work, pace: float, budget: float) -> tuple[float, float]:
    """Return how long a piece should be that counts, and how much longer to be sure of its end.

    In seconds of the source, of which `pace` are encoded in a second; 0 where nothing is known. The
    first piece of a large picture is a short one: it tells how fast the next ones are.
    """
    if not pace:
        share = min(_USUAL / work.density, 1.0)
        return _SHORTEST * share, AHEAD * share
    return min(max(budget * pace / _PIECES - AHEAD, _SHORTEST), _LONGEST), AHEAD


def _piece(work: Work, place: float, length: float, ahead: float) -> tuple[float, float] | None:
    """Return a piece of a file around a place; None where it's as well encoded whole."""
    whole = length + ahead
    if not can_sample(work.recipe) or work.seconds <= 1.5 * whole:
        return _all_of(work)
    start = min(max(place - length / 2, 0.0), work.seconds - whole)
    return (work.start or 0.0) + start, whole


def _all_of(work: Work) -> tuple[float, float] | None:
    """Return a work's part of its file; None where it's all of it."""
    return None if work.start is None else (work.start, work.seconds)


def _is_done(works: Sequence[Work], known: dict[int, Known]) -> bool:
    """Return whether more pieces would tell little."""
    if len(known) == len(works) and all(each.is_whole for each in known.values()):
        return True
    if sum(len(each.samples) for each in known.values()) < _ENOUGH:
        return False
    found = encoding(works, known)
    spreads = (found.bytes, found.cpu_seconds)
    return all(each.high - each.likely <= _NARROW * each.likely for each in spreads)
