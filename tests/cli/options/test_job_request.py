from __future__ import annotations

from datetime import timedelta

import pytest

from batchff.cli.invocation import Invocation
from batchff.cli.options.job_request import OutputOptions, asked_job
from batchff.cli.options.recipes import Chosen
from batchff.pipeline.output_names import Naming
from tests.recipes import preset_recipe


def test_a_job_is_asked_for_by_flags_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_INPUT_CONTAINER", "films")
    invocation = Invocation()
    invocation.take_flags({"job.task_timeout": "90m", "pool.slots": 3})
    recipes = (preset_recipe("mp3"),)

    outputs = OutputOptions(Naming(), None, keep_times=True, language="eng", salvage=False)
    request = asked_job(invocation, Chosen(recipes), "tour", None, outputs)

    assert (request.job, request.pool, request.recipes) == ("tour", "", recipes)
    assert (request.keep_times, request.language, request.to) == (True, "eng", None)
    assert request.limits.task_timeout == timedelta(minutes=90)
    assert (request.pool_spec.slots, request.asked) == (3, frozenset({"slots"}))
    assert (request.input_container, request.output_container) == ("films", "batchff-output")
