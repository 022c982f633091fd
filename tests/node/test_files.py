from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.node.files import node_input_name

names = st.text(st.characters(exclude_characters="/\0"), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@pytest.mark.parametrize(
    ("name", "on_the_node"),
    [
        ("Harbour At Dusk.MOV", "input.mov"),
        ("a.b.mp4", "input.mp4"),
        ("noise", "input"),
        (".hidden", "input"),
        ("$(reboot).m;p4", "input"),
        ("x." + "a" * 17, "input"),
    ],
)
def test_an_input_keeps_only_a_plain_suffix_on_its_node(name: str, on_the_node: str) -> None:
    assert node_input_name(name) == on_the_node


@given(names)
def test_a_name_on_a_node_is_plain_whatever_the_file_is_called(name: str) -> None:
    assert re.fullmatch(r"input(\.[a-z0-9]{1,16})?", node_input_name(name))
