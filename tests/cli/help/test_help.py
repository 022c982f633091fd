from __future__ import annotations

import pytest

from tests.commands import Batchff


def test_help_lists_the_topics(run: Batchff) -> None:
    ran = run("help")
    assert ran.code == 0
    assert "  presets   " in ran.out
    assert "  emulator  " in ran.out
    topics = run("--json", "help").result["topics"]
    assert {"presets", "azure", "emulator"} <= {topic["topic"] for topic in topics}
    assert all(topic["title"] for topic in topics)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("presets",), "# Presets"),
        (("profile",), "# Profiles"),
        (("Azu",), "# On Azure"),
        (("emulator",), "# The emulator"),
        (("cleanup",), "Usage: batchff cleanup"),
        (("job", "list"), "Usage: batchff job list"),
        (("man",), ".TH BATCHFF 1"),
    ],
)
def test_a_topic_or_command_is_shown(run: Batchff, words: tuple[str, ...], first: str) -> None:
    ran = run("help", *words)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(first)
    assert run("--json", "help", *words).result["text"].startswith(first)


def test_what_is_neither_is_an_error_with_the_topics(run: Batchff) -> None:
    ran = run("help", "nosuch")
    assert ran.code != 0
    assert "there is no topic or command 'nosuch' (topics: again, azure" in ran.err
