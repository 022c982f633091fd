"""A pool that can't be changed at the moment is waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.emulator.launch import Connection
from batchff.errors import PoolError
from batchff.events import Notice, Warned
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.pool.resize import resize
from batchff.pipeline.report.pool import require_status
from tests.pipeline.clock import Time
from tests.pipeline.recorder import Recorder


def test_a_pool_that_was_changed_a_moment_ago_keeps_its_counts_after_some_minutes(
    emulator: Connection,
) -> None:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    batch, reporter, time = Batch(emulator.batch_endpoint, credential), Recorder(), Time()
    spec = PoolSpec("Standard_D2s_v5", nodes=1, spot=0, slots=1, image="auto", max_nodes=4)
    ensure_pool("twice", spec, batch, reporter)
    assert resize(require_status("twice", batch), batch, reporter, nodes=2) == (2, 0)

    # The service takes one formula in 30 seconds.
    with pytest.raises(PoolError, match="'twice' is still being resized, and keeps its numbers"):
        resize(
            require_status("twice", batch),
            batch,
            reporter,
            nodes=3,
            pause=time.pause,
        )

    assert time.now == 300
    assert [notice.message for notice in reporter.of(Notice)] == [
        "pool twice was changed a moment ago: waiting until it can be again"
    ]
    facts = require_status("twice", batch).batchff
    assert facts is not None and facts.spec is not None
    assert (facts.spec.nodes, facts.spec.max_nodes) == (2, 4)


def test_a_pool_that_takes_no_other_counts_just_now_isnt_said_to_have_them(
    emulator: Connection,
) -> None:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    batch, reporter = Batch(emulator.batch_endpoint, credential), Recorder()
    spec = PoolSpec("Standard_D2s_v5", nodes=1, spot=0, slots=1, image="auto", max_nodes=4)
    ensure_pool("thrice", spec, batch, reporter)
    ensure_pool("thrice", replace(spec, nodes=2), batch, reporter)

    ensure_pool("thrice", replace(spec, nodes=3), batch, reporter)

    (warning,) = reporter.of(Warned)
    assert "pool thrice is being changed and keeps its numbers" in warning.message
    facts = require_status("thrice", batch).batchff
    assert facts is not None and facts.spec is not None
    assert facts.spec.nodes == 2
