from __future__ import annotations

import pytest

from batchff.cli.help.topics import find_topic, topics
from batchff.errors import NotFoundError


def test_each_topic_has_a_title_and_a_text() -> None:
    for topic in topics().values():
        assert topic.title
        assert topic.text.startswith(f"# {topic.title}\n")


@pytest.mark.parametrize(
    ("name", "found"), [("preset", "presets"), ("PROFILE", "profiles"), ("ag", "again")]
)
def test_a_topic_is_found_by_its_beginning(name: str, found: str) -> None:
    assert find_topic(name).name == found


def test_a_beginning_of_several_is_none() -> None:
    with pytest.raises(NotFoundError):
        find_topic("s")
