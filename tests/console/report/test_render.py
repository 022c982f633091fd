from __future__ import annotations

import json

import pytest

from batchff.console.report.render import Format, format_of, render
from batchff.console.schema import schema_of
from tests.histories import FORMULA, report


@pytest.mark.parametrize(
    ("suffix", "how"),
    [
        (".html", Format.HTML),
        (".HTM", Format.HTML),
        (".csv", Format.CSV),
        (".md", Format.MARKDOWN),
        (".markdown", Format.MARKDOWN),
        (".json", Format.JSON),
        (".pdf", None),
        ("", None),
    ],
)
def test_the_format_is_that_of_the_suffix(suffix: str, how: Format | None) -> None:
    assert format_of(suffix) is how


def test_a_sheet_begins_with_the_mark_that_spreadsheets_look_for() -> None:
    assert render(report(), Format.CSV).startswith(b"\xef\xbb\xbffile,state,")


def test_json_is_what_the_command_returns() -> None:
    from jsonschema import Draft202012Validator

    data = json.loads(render(report(), Format.JSON))
    schema = schema_of("report", strict=True)
    assert schema is not None
    assert not list(Draft202012Validator(schema).iter_errors(data))
    assert data["files"][2]["file"] == FORMULA
    assert data["nodes"][0]["spans"][0] == {
        "phase": "boot",
        "started": "2026-11-22T12:00:00.000Z",
        "ended": "2026-11-22T12:00:50.000Z",
        "tasks": 0,
        "failed": 0,
    }
    assert "c2VjcmV0" not in json.dumps(data)


@pytest.mark.parametrize("how", Format)
def test_a_name_that_isnt_text_can_be_written(how: Format) -> None:
    from tests.histories import encoded

    name = b"caf\xe9.mp4".decode(errors="surrogateescape")
    assert b"caf\\udce9.mp4" in render(report((encoded(name),)), how).replace(b"\\\\", b"\\")
