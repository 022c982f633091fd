"""`batchff schema`."""

from __future__ import annotations

import json

import pytest

from tests.commands import Batchff


def test_it_prints_one_document_on_all_lines(run: Batchff) -> None:
    ran = run("schema")
    assert (ran.code, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"task.failed", "result", "error"} <= document["$defs"].keys()


@pytest.mark.parametrize("words", [("job", "show"), ("job show",)])
def test_of_a_command_it_prints_the_data_of_its_result(
    words: tuple[str, ...], run: Batchff
) -> None:
    document = json.loads(run("schema", *words).out)
    assert document["title"] == "The data in the result of batchff job show"
    assert "logs_at" in document["$defs"]["results.job.show.JobShow"]["properties"]


def test_as_json_it_is_a_result(run: Batchff) -> None:
    result = run("schema", "task.failed", "--json").result
    assert result["schema"]["properties"]["event"] == {"const": "task.failed"}
    assert result["schema"]["version"] == result["version"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("task.faild", "did you mean task.failed or tasks.failed_alike or tasks.added?"),
        ("job sh", "did you mean job show?"),
        ("qqqq", "see: batchff schema"),
    ],
)
def test_a_name_that_isnt_known_is_refused_with_those_near(
    name: str, hint: str, run: Batchff
) -> None:
    ran = run("schema", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: there is no event '{name}' ({hint})\n"
