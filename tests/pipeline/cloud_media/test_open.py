"""Whose account reads media in storage, and with which SAS."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import UsageError
from batchff.model.places import BlobPlace
from batchff.pipeline.cloud_media.open import open_media

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OWN = "https://own.blob.core.windows.net"
SAS = "sr=c&sp=rl&se=2026-12-01T00:00:00Z&sig=secret"
BARE = BlobPlace("media", "in")


def own() -> Storage:
    return Storage(OWN, "own", key="a2V5")


def test_the_profiles_account_reads_what_is_in_it() -> None:
    storage = own()
    for place in (BARE, BlobPlace("media", "in", OWN)):
        media = open_media(place, storage, NOW)
        assert (media.place, media.own, media.account) == (BARE, BARE, storage)
        assert (media.sas, media.is_one_blob) == (None, False)


def test_a_sas_reads_another_account() -> None:
    place = BlobPlace("media", "in", "https://other.blob.core.windows.net", SAS)
    media = open_media(place, own(), NOW)
    assert (media.place, media.own) == (place, place)
    assert media.account.endpoint == "https://other.blob.core.windows.net"
    assert media.sas is not None and not media.is_one_blob


def test_a_sas_is_used_for_the_profiles_account_as_well() -> None:
    storage = own()
    place = BlobPlace("media", "in", OWN, SAS.replace("sr=c", "sr=b"))
    media = open_media(place, storage, NOW)
    assert (media.place, media.own, media.is_one_blob) == (place, BARE, True)
    assert media.account is not storage


@pytest.mark.parametrize("sas", ["", SAS.replace("2026-12", "2026-11")])
def test_a_sas_that_opens_nothing_now_is_refused(sas: str) -> None:
    place = BlobPlace("media", "in", "https://other.blob.core.windows.net", sas)
    with pytest.raises(UsageError, match="no SAS|ended at"):
        open_media(place, own(), NOW)
