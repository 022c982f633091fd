"""Open media in storage: with the profile's own account, or with the SAS of a URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from batchff.cloud.storage import Storage
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.given_sas import GivenSas, read_sas


@dataclass(frozen=True, slots=True)
class OpenedMedia:
    """A place with media in it, and the storage `account` that reads it.

    `own` is the same place without its SAS, where it's in the profile's own account; in another
    account it's just the place. A place in the profile's account needs no `sas`.
    """

    place: BlobPlace
    account: Storage
    own: BlobPlace
    sas: GivenSas | None = None

    @property
    def is_one_blob(self) -> bool:
        """Whether its SAS is for a single blob, so that nothing can be listed."""
        return self.sas is not None and self.sas.one_blob


def open_media(place: BlobPlace, storage: Storage, now: datetime) -> OpenedMedia:
    """Open a place that a user named; `storage` is the profile's. No request is made.

    Raises UsageError for a SAS that can't open media now.
    """
    own = replace(place, endpoint="", sas="") if place.endpoint == storage.endpoint else place
    if not place.sas:
        place = own
    if not place.endpoint:
        return OpenedMedia(place, storage, own)
    sas = read_sas(place.sas, now)
    return OpenedMedia(place, storage.opened_by(place.endpoint, place.sas), own, sas)
