from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batchff.cli.main import Commands
from batchff.console.json_lines import JsonConsole
from batchff.console.schema import line_names, names, schema_of, version, whole_schema
from tests.console.contract import FILE, breaks, contract, what_to_do, written_down
from tests.console.story import STORY
from tests.json_lines import problem_of


def test_the_contract_is_as_it_was_written_down() -> None:
    to_do = what_to_do(written_down(), contract())
    assert not to_do, to_do


def test_it_is_a_schema_and_so_is_each_part() -> None:
    Draft202012Validator.check_schema(whole_schema())
    for name in names():
        schema = schema_of(name)
        assert schema is not None
        Draft202012Validator.check_schema(schema)
        # Nothing that is referred to is missing.
        list(Draft202012Validator(schema).iter_errors({}))


def test_each_event_and_result_has_a_name_of_its_own() -> None:
    assert len(set(names())) == len(names())
    assert {"task.failed", "result", "error", "job show", "report"} <= set(names())
    assert "upload.bytes" not in names(), "only displays see it"
    assert schema_of("upload.bytes") is None
    assert "task.failed" in line_names() and "job show" not in line_names()
    first_words = {name.split()[0] for name in names() if name not in line_names()}
    assert first_words <= {*Commands.modules, "version"}


def test_the_version_begins_with_that_of_each_line() -> None:
    schema = schema_of("notice")
    assert schema is not None
    assert schema["properties"]["v"]["const"] == int(version().partition(".")[0])
    assert whole_schema()["version"] == schema["version"] == version()


def test_the_events_of_a_job_are_as_their_schemas_say() -> None:
    stream = io.StringIO()
    console = JsonConsole(stream)
    for event in STORY:
        console.report(event)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [problem_of(line) for line in lines] == [""] * len(lines)
    assert {line["event"] for line in lines} == set(line_names()) - {"result", "error"}
    whole = Draft202012Validator(whole_schema())
    assert all(whole.is_valid(line) for line in lines)


LINE: dict[str, Any] = {
    "v": 1,
    "event": "pool.ready",
    "time": "2026-11-22T12:00:00.000Z",
    "pool": "p",
    "created": True,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"created": "yes"}, "'yes' is not of type 'boolean'"),
        ({"more": 1}, "Additional properties are not allowed"),
        ({"v": 2}, "1 was expected"),
        ({"event": "pool.gone"}, "has no schema"),
    ],
)
def test_a_line_that_is_otherwise_is_found(change: dict[str, Any], said: str) -> None:
    assert problem_of(LINE) == ""
    assert said in problem_of(LINE | change)


def test_a_line_without_a_key_is_found() -> None:
    assert "'pool' is a required property" in problem_of(
        {key: value for key, value in LINE.items() if key != "pool"}
    )
    result = {"v": 1, "event": "result", "time": LINE["time"], "command": "job stop", "data": {}}
    assert "'job' is a required property" in problem_of(result)


def test_scripts_may_get_keys_that_they_dont_know() -> None:
    schema = schema_of("pool.ready")
    assert schema is not None
    assert Draft202012Validator(schema).is_valid(LINE | {"more": 1})


def changed(**definitions: Any) -> dict[str, Any]:
    found = copy.deepcopy(written_down())
    found["$defs"] |= definitions
    return found


def pool_ready() -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(written_down()["$defs"]["pool.ready"])
    return found


def test_a_new_key_needs_a_new_revision() -> None:
    line = pool_ready()
    line["properties"]["slots"] = {"type": "integer"}
    line["required"].append("slots")
    new = changed(**{"pool.ready": line})
    assert not list(breaks(written_down(), new))
    assert "raise REVISION" in what_to_do(written_down(), new)
    major, _, revision = new["version"].partition(".")
    new["version"] = f"{major}.{int(revision) + 1}"
    assert "write it down with" in what_to_do(written_down(), new)


def test_a_key_that_goes_or_changes_its_type_needs_a_new_version() -> None:
    old = written_down()
    gone, other, optional = pool_ready(), pool_ready(), pool_ready()
    del gone["properties"]["pool"]
    other["properties"]["pool"] = {"type": ["string", "null"]}
    optional["required"].remove("pool")
    for line, said in (
        (gone, "'pool' is gone"),
        (other, "became"),
        (optional, "'pool' may be missing"),
    ):
        new = changed(**{"pool.ready": line})
        assert said in what_to_do(old, new)
        assert "raise VERSION" in what_to_do(old, new)
        major = int(old["version"].partition(".")[0])
        new["version"] = f"{major}.9"
        assert "raise VERSION" in what_to_do(old, new), "more was added, but this was removed"
        new["version"] = f"{major + 1}.0"
        assert "write it down with" in what_to_do(old, new)


def test_an_event_that_goes_needs_a_new_version_and_a_new_one_doesnt() -> None:
    old, new = written_down(), copy.deepcopy(written_down())
    reference = {"$ref": "#/$defs/pool.ready"}
    new["anyOf"].remove(reference)
    del new["$defs"]["pool.ready"]
    assert "raise VERSION" in what_to_do(old, new)
    assert "raise REVISION" in what_to_do(new, old)


def test_words_may_change() -> None:
    schema = schema_of("pool.ready")
    assert schema is not None
    assert schema["description"].startswith("The pool exists")
    assert "The pool exists" not in json.dumps(contract())
    assert "description" in contract()["$defs"]["results.preset.PresetSummary"]["properties"]


def test_the_contract_is_written_down_in_a_form_that_can_be_compared() -> None:
    text = FILE.read_text("utf-8")
    assert text == json.dumps(written_down(), indent=1, sort_keys=True) + "\n"
