"""Collections of tasks at their limits; that each item is answered is checked with the answers."""

from __future__ import annotations

import json

from tests.emulator.conformance.everything import Everything
from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Answer

_MEBIBYTE = 1 << 20


def _add(everything: Everything, job: str, body: bytes) -> Answer:
    return everything.service.send("POST", f"/jobs/{job}/addtaskcollection", body)


def _collection(count: int, size: int = 0) -> bytes:
    """Write a collection, filled up with blanks to a size."""
    tasks = [{"id": f"t{index}", "commandLine": "true"} for index in range(count)]
    return json.dumps({"value": tasks}).encode().ljust(size)


def test_a_collection_of_100_tasks_and_a_mebibyte_is_taken(everything: Everything) -> None:
    job = everything.new_job()

    answer = _add(everything, job, _collection(100, _MEBIBYTE))

    assert answer.status == 200
    assert {item["status"] for item in answer.json()["value"]} == {"Success"}
    assert len(everything.read(f"/jobs/{job}/tasks")["value"]) == 100


def test_one_task_or_one_byte_more_and_none_is_added(everything: Everything) -> None:
    job = everything.new_job()

    tasks = _add(everything, job, _collection(101))
    size = _add(everything, job, _collection(100, _MEBIBYTE + 1))

    assert (tasks.status, values_of(tasks)["PropertyName"]) == (400, "value")
    assert (size.status, code_of(size)) == (413, "RequestBodyTooLarge")
    assert everything.read(f"/jobs/{job}/tasks")["value"] == []


def test_an_empty_collection_adds_nothing(everything: Everything) -> None:
    answer = _add(everything, everything.new_job(), b'{"value": []}')

    assert (answer.status, answer.json()["value"]) == (200, [])
