from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.batch.bodies import POOL_CREATE
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.schema import identifier, short_text
from tests.emulator.examples import pool_document

POOL = pool_document("p")


def test_a_number_may_be_written_as_a_string() -> None:
    pool = POOL | {"targetDedicatedNodes": "2", "displayName": "2"}

    POOL_CREATE(pool, "")

    assert (pool["targetDedicatedNodes"], pool["displayName"]) == (2, "2")


@given(st.text())
def test_an_id_is_up_to_64_plain_characters(text: str) -> None:
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None and text.isascii()
    try:
        identifier(text, "id")
    except BatchError as error:
        assert error.code == "InvalidPropertyValue"
        assert not plain
    else:
        assert plain


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_every_plain_id_is_taken(text: str) -> None:
    identifier(text, "id")


def test_a_short_text_has_a_limit_in_characters() -> None:
    check = short_text(3)
    check("", "displayName")
    check("äöü", "displayName")
    with pytest.raises(BatchError) as error:
        check("four", "displayName")
    assert error.value.values["Reason"] == "It has at most 3 characters"
