from __future__ import annotations

import pytest

from batchff.node.arguments import names_format


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("-f hls -i {input} -c copy", True),
        ("-f concat -safe 0 -i {input}", True),
        ("-f lavfi -i sine -f hls -i {input}", True),
        ("-i {input} -f hls -i {input}", True),
        ("-vn", False),
        ("-f mp3", False),
        ("-i {input} -f mp3", False),
        ("-f lavfi -i sine -i {input} -f mp3", False),
        ("-f hls -i", False),
        ("-f", False),
    ],
)
def test_a_format_is_named_before_the_source(line: str, named: bool) -> None:
    assert names_format(line.split()) is named
