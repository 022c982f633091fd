from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.places import BlobPlace, read_place

OTHER = "https://other.blob.core.windows.net"
SAS = "sv=2021-12-02&sig=secret"


@given(
    st.from_regex(r"[a-z0-9]{3,63}|\$web", fullmatch=True),
    st.text(st.characters(codec="utf-8"), max_size=200).map(lambda text: text.strip("/")),
    st.sampled_from(["", OTHER, "http://127.0.0.1:10000/devstoreaccount1"]),
)
def test_a_place_comes_back_from_what_metadata_hold(
    container: str, prefix: str, endpoint: str
) -> None:
    place = BlobPlace(container, prefix, endpoint)
    assert place.written.isascii()
    assert place.written.isprintable()
    assert read_place(place.written) == place


def test_where_metadata_hold_no_place_there_is_none() -> None:
    assert read_place("") is None


@pytest.mark.parametrize(
    ("place", "address", "below"),
    [
        (BlobPlace("media"), "az://media", ""),
        (BlobPlace("media", "in/a b"), "az://media/in/a b", "in/a b/"),
        (BlobPlace("media", "a b", OTHER, SAS), f"{OTHER}/media/a%20b", "a b/"),
    ],
)
def test_people_and_listings_have_their_own_form_of_a_place(
    place: BlobPlace, address: str, below: str
) -> None:
    assert (place.address, place.below) == (address, below)


def test_a_sas_is_in_the_url_for_nodes_and_nowhere_else() -> None:
    place = BlobPlace("media", "in", OTHER, SAS)
    assert place.url("in/a b?.mov") == f"{OTHER}/media/in/a%20b%3F.mov?{SAS}"
    assert "secret" not in f"{place} {place!r} {place.address} {place.written}"
    assert place == BlobPlace("media", "in", OTHER, "sig=renewed")


def test_a_place_holds_what_is_below_it() -> None:
    folder = BlobPlace("media", "in")
    assert folder.holds(folder)
    assert folder.holds(BlobPlace("media", "in/deep"))
    assert BlobPlace("media").holds(folder)
    assert not folder.holds(BlobPlace("media", "inner"))
    assert not folder.holds(BlobPlace("media"))
    assert not folder.holds(BlobPlace("others", "in"))
    assert not folder.holds(BlobPlace("media", "in", OTHER))
