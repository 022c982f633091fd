"""Find media that is in storage already: one listing, judged by names, sizes and tiers.

What it holds is never looked at here. On the nodes, ffmpeg reads a source only as media, whatever
it's called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import InputError, NotFoundError, SignInError, UnreachableError
from batchff.events import Warned
from batchff.model.files import BlobInfo, BlobSource
from batchff.model.paths import folders_above
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.open import OpenedMedia
from batchff.pipeline.selection import Selection, is_system_folder
from batchff.pipeline.sources import describe_left_out
from batchff.wording import counted, some_clauses, some_of

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_ARCHIVED = "in the archive tier"
_EMPTY = "empty"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class FoundBlobs:
    """The media in a place in storage, in order; `left_out` counts the other blobs by reason.

    Where `place` is one blob, `below` is the folder that it's in; else it's the place's own.
    """

    place: BlobPlace
    below: str
    sources: tuple[BlobSource, ...]
    left_out: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(source.size for source in self.sources)


def find_blobs_of_media(
    media: OpenedMedia,
    selection: Selection,
    reporter: Reporter,
    *,
    outputs: BlobPlace | None = None,
) -> FoundBlobs:
    """List a place and return the media in it.

    A place that names a blob is that blob. The place where `outputs` go isn't searched. Raises
    NotFoundError where there's no such place, InputError where there's nothing to encode or a name
    can't be a file's.
    """
    place = media.place
    with _of_the_sas(place):
        below, blobs = _blobs_at(media)
    search = _Search(below, selection, outputs)
    for blob in blobs:
        search.look_at(blob)
    search.raise_problems()
    found = FoundBlobs(place, below, tuple(search.sources), dict(search.left_out))
    for reason, names in search.told.items():
        reporter.report(
            Warned(f"left out, as {reason}: {some_of([repr(each) for each in names], _SHOWN)}")
        )
    if not found.sources:
        raise InputError(
            f"no media in {place.address}: {describe_left_out(found.left_out)}",
            hint=_what_to_do(search),
        )
    return found


def blobs_at(media: OpenedMedia) -> Mapping[str, BlobInfo]:
    """Return the blobs of a place by name; none where there's no such place."""
    place, storage = media.place, media.account
    with _of_the_sas(place):
        listing = () if media.is_one_blob else storage.list_blobs(place.container, place.below)
        listed = {blob.name: blob for blob in listing}
        if not listed and place.prefix and (blob := _one(place, storage)) is not None:
            listed[blob.name] = blob
    return listed


def _blobs_at(media: OpenedMedia) -> tuple[str, tuple[BlobInfo, ...]]:
    """Return what the names begin with, and the blobs."""
    place, storage = media.place, media.account
    if not media.is_one_blob:
        listed = tuple(storage.list_blobs(place.container, place.below))
        if listed:
            return place.below, listed
    if place.prefix and (blob := _one(place, storage)) is not None:
        folder, slash, _ = place.prefix.rpartition("/")
        return folder + slash, (blob,)
    if not media.is_one_blob and not storage.has_container(place.container):
        raise NotFoundError(
            f"there is no container {place.container!r} in storage account {storage.account!r}",
            hint="check its name: batchff makes no containers to read from",
        )
    raise NotFoundError(
        f"there is no blob at {place.address}",
        hint="a prefix is the whole name of a folder or a blob, with its capitals"
        if place.prefix
        else "the container is empty",
    )


def _one(place: BlobPlace, storage: Storage) -> BlobInfo | None:
    try:
        return storage.blob_info(place.container, place.prefix)
    except NotFoundError:
        return None


@contextmanager
def _of_the_sas(place: BlobPlace) -> Iterator[None]:
    """Let errors speak of the SAS that was given, not of the profile."""
    try:
        yield
    except SignInError as error:
        if not place.endpoint:
            raise
        raise SignInError(
            f"the SAS doesn't open {place.address}: {error.message}",
            hint="make a new one that may read and list, for this very container: "
            "az storage container generate-sas --permissions rl --expiry TIME",
        ) from error
    except UnreachableError as error:
        if not place.endpoint:
            raise
        raise UnreachableError(error.message, hint="check the URL and the network") from error


class _Search:
    """One listing: the blobs taken, those left out, and the names that can't be files'."""

    def __init__(self, below: str, selection: Selection, outputs: BlobPlace | None) -> None:
        self.sources: list[BlobSource] = []
        self.left_out: Counter[str] = Counter()
        self.told: dict[str, list[str]] = {}
        self._below = below
        self._selection = selection
        self._outputs = outputs.below if outputs else None
        self._problems: list[str] = []

    def look_at(self, blob: BlobInfo) -> None:
        if self._outputs is not None and blob.name.startswith(self._outputs):
            return
        relative = blob.name.removeprefix(self._below)
        if blob.is_folder or not relative:
            return
        reason = self._reason_to_leave_out(relative)
        if reason is None and blob.tier == "archive":
            reason = _ARCHIVED
        elif reason is None and not blob.size:
            reason = _EMPTY
        if reason is not None:
            self.left_out[reason] += 1
            if reason in (_ARCHIVED, _EMPTY):
                self.told.setdefault(reason, []).append(relative)
        elif "" in relative.split("/"):
            self._problems.append(repr(relative))
        else:
            modified_ns = int(blob.modified.timestamp()) * 10**9
            source = BlobSource(blob.name, relative, blob.size, blob.etag, modified_ns, blob.md5)
            self.sources.append(source)

    def _reason_to_leave_out(self, relative: str) -> str | None:
        """Return why a blob isn't taken; as on a walk, a folder is left out with all in it."""
        for folder in folders_above(relative):
            if is_system_folder(folder.rpartition("/")[2]):
                return "in a system folder"
            if self._selection.excludes(folder):
                return "excluded"
            if folder.rpartition("/")[2].startswith("."):
                return "hidden"
        return self._selection.reason_to_leave_out(relative)

    def raise_problems(self) -> None:
        if self._problems:
            raise InputError(
                f"{counted(len(self._problems), 'blob')} can't be encoded, as their outputs' names "
                f"can't be names of files: {some_clauses(self._problems, _SHOWN)}",
                hint="rename them, or leave them out with --exclude",
            )


def _what_to_do(search: _Search) -> str:
    if _ARCHIVED in search.told:
        return "bring blobs back from the archive tier with: az storage blob set-tier --tier Hot"
    return "media is known by its suffix; take others with --include, as in --include '*.dat'"
