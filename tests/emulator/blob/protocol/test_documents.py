from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batchff.emulator.blob.protocol.documents import (
    BlockReference,
    blob_list,
    block_list,
    container_list,
    error_document,
    parse_block_list,
    parse_key_info,
)
from batchff.emulator.blob.protocol.errors import StorageError
from batchff.emulator.blob.store.listing import Page
from batchff.emulator.blob.store.records import Blob, Container, Copy, Piece, Properties

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def blob(name: str, copy: Copy | None = None) -> Blob:
    return Blob(1, name, True, "0x8D1", 0, 60, 5, Properties(content_type="a/b"), {"k": "v"}, copy)


def listed(*entries: Blob | str, include: frozenset[str] = frozenset()) -> ElementTree.Element:
    asked = {"prefix": "a&b", "maxresults": "2", "comp": "list"}
    page = Page(list(entries), None)
    return ElementTree.fromstring(
        blob_list("http://127.0.0.1/batchfflocal", "films", asked, page, "next", include, 0)
    )


def test_a_listing_repeats_what_was_asked_and_says_where_to_go_on() -> None:
    root = listed(blob("a.mov"), "folder/")
    assert root.attrib == {
        "ServiceEndpoint": "http://127.0.0.1/batchfflocal",
        "ContainerName": "films",
    }
    assert (root.findtext("Prefix"), root.findtext("MaxResults")) == ("a&b", "2")
    assert root.find("Marker") is None
    assert root.findtext("NextMarker") == "next"
    assert [each.tag for each in root.find("Blobs") or ()] == ["Blob", "BlobPrefix"]


def test_metadata_and_copies_are_listed_only_where_they_are_asked_for() -> None:
    copied = blob("a.mov", Copy("id", "http://other/a", 60))
    plain = listed(copied)
    full = listed(copied, include=frozenset({"metadata", "copy"}))
    assert plain.find(".//Metadata") is plain.find(".//CopyId") is None
    assert full.findtext(".//Metadata/k") == "v"
    assert full.findtext(".//CopyProgress") == "5/5"


@example("a\rb\n")
@example("a\x00b/ü?")
@given(ANY_TEXT)
def test_a_name_that_xml_cant_hold_is_marked_and_encoded(name: str) -> None:
    element = listed(blob(name)).find(".//Blob/Name")
    assert element is not None
    if element.get("Encoded"):
        assert unquote(element.text or "") == name
    else:
        assert (element.text or "") == name


@given(ANY_TEXT)
def test_an_error_is_xml_whatever_it_quotes(text: str) -> None:
    root = ElementTree.fromstring(error_document("Code", text, {"Detail": text}))
    assert root.tag == "Error"
    assert [each.tag for each in root] == ["Code", "Message", "Detail"]


def test_containers_are_listed_with_their_metadata_if_asked() -> None:
    films = Container(1, "films", "0x8D1", 60, {"batchff": "1"})
    without, full = (
        ElementTree.fromstring(container_list("http://a", {}, [films], "", include, 0))
        for include in (frozenset[str](), frozenset({"metadata"}))
    )
    assert without.findtext(".//Container/Name") == "films"
    assert without.find(".//Metadata") is None
    assert full.findtext(".//Metadata/batchff") == "1"


def test_a_block_list_has_the_lists_that_were_asked_for() -> None:
    root = ElementTree.fromstring(block_list([Piece("file", 7, "MQ==")], None))
    assert [each.tag for each in root] == ["CommittedBlocks"]
    assert root.findtext(".//Name") == "MQ=="
    assert root.findtext(".//Size") == "7"


def test_put_block_list_is_read_in_its_order() -> None:
    document = (
        b"<BlockList><Latest>MQ==</Latest> <Uncommitted> Mg== </Uncommitted>"
        b"<Committed/></BlockList>"
    )
    assert parse_block_list(document) == [
        BlockReference("Latest", "MQ=="),
        BlockReference("Uncommitted", "Mg=="),
        BlockReference("Committed", ""),
    ]


@pytest.mark.parametrize(
    "document",
    [b"", b"<BlockList>", b"<Blocks/>", b"<BlockList><Newest>MQ==</Newest></BlockList>"],
)
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(StorageError, match="InvalidXmlDocument"):
        parse_block_list(document)
    with pytest.raises(StorageError, match="InvalidXmlDocument"):
        parse_key_info(document)


def test_a_key_is_asked_for_by_its_times() -> None:
    document = b"<KeyInfo><Start>2026-11-30</Start><Expiry> 2026-12-01 </Expiry></KeyInfo>"
    assert parse_key_info(document) == {"Start": "2026-11-30", "Expiry": "2026-12-01"}
