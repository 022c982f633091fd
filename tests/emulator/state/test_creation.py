from __future__ import annotations

from batchff.emulator.state.creation import number_of


def test_an_id_is_a_number_where_a_range_can_have_it() -> None:
    assert [number_of(text) for text in ("4", "004", "-5", "4x", "--4", "-", "٣")] == [
        *(4, 4, -5),
        *(None, None, None, None),
    ]
    assert (number_of(str(2**31 - 1)), number_of(str(2**31))) == (2**31 - 1, None)
