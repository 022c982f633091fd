"""Holds what `--json` prints to the contract: each line is as `batchff schema` says, no more."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from batchff.console.schema import schema_of

_KEYS_OF_RESULT = {"v", "event", "time", "command", "data"}


@cache
def _validator(name: str) -> Draft202012Validator | None:
    schema = schema_of(name, strict=True)
    checker = Draft202012Validator.FORMAT_CHECKER
    return None if schema is None else Draft202012Validator(schema, format_checker=checker)


def problem_of(line: dict[str, Any]) -> str:
    """What of a line isn't as its schema says; nothing where all is."""
    name, what = line.get("event", ""), line
    if name == "result":
        # The schema of results is that of all commands, and takes long. One command has its own.
        if line.keys() != _KEYS_OF_RESULT:
            return f"result: its keys are {', '.join(line)}"
        name, what = line["command"], line["data"]
    validator = _validator(name)
    if validator is None:
        return f"{name!r} has no schema"
    if error := best_match(validator.iter_errors(what)):
        return f"{name}: {error.json_path}: {error.message[:500]}"
    return ""


def hold_data(command: str, out: str) -> None:
    """Fail where what was printed isn't the data of a command's result."""
    validator = _validator(command)
    assert validator is not None
    validator.validate(json.loads(out))


def hold_lines(out: str) -> None:
    """Fail where a line isn't JSON, or isn't as its schema says."""
    for text in out.splitlines():
        if problem := problem_of(json.loads(text)):
            pytest.fail(f"a line isn't as batchff schema says: {problem}", pytrace=False)
