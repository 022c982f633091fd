from __future__ import annotations

import pytest

from batchff.node.proof import source_seconds


@pytest.mark.parametrize(
    ("proof", "seconds"),
    [
        ("source holds 8.10667 s, says 8.1 s, errors 0\nfilm.mp4: pictures 217\n", 8.10667),
        ("salvaged\nsource holds 4 s, says 4 s, errors 0\n", 4.0),
        ("a: source holds 4 s\n", None),
        ("source holds", None),
        ("", None),
    ],
)
def test_a_nodes_proof_says_how_long_the_source_is(proof: str, seconds: float | None) -> None:
    assert source_seconds(proof) == seconds
