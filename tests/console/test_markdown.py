from __future__ import annotations

from batchff.console.markdown import render_markdown

TEXT = """# Presets

See [profiles](profiles.md#keys), and [Azure](https://example.com/azure.md).

| preset | makes |
|---|---|
| `mp3` | sound |
"""


def test_a_document_fits_the_terminal() -> None:
    shown = render_markdown(TEXT, 40, colours=False)
    assert max(map(len, shown.splitlines())) <= 40
    assert "\x1b" not in shown
    assert "mp3" in shown


def test_links_to_other_documents_become_commands() -> None:
    shown = " ".join(render_markdown(TEXT, 100, colours=False).split())
    assert "See profiles (batchff help profiles), and Azure" in shown


def test_colours_are_left_out_where_they_arent_wanted() -> None:
    assert "\x1b[" in render_markdown(TEXT, 80, colours=True)
