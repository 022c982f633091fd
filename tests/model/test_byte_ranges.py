from __future__ import annotations

import pytest

from batchff.model.byte_ranges import ByteRange


def test_a_range_has_the_bytes_before_its_end() -> None:
    assert ByteRange(3, 10).size == len(bytes(20)[3:10])
    assert ByteRange(3, 3).size == 0


@pytest.mark.parametrize(("start", "end"), [(5, 4), (-1, 4)])
def test_a_range_has_no_end_before_its_start(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        ByteRange(start, end)
