"""The autoscale of pools: enable, disable, and evaluate a formula."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.checks.autoscale import check_settings, read_formula
from batchff.emulator.batch.operations.pools.pools import changeable_pool
from batchff.emulator.batch.protocol.call import Call, changed, json_response
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.state.defaults import AUTOSCALE_INTERVAL
from batchff.emulator.state.model import Pool
from batchff.emulator.state.states import AllocationState
from batchff.emulator.state.times import (
    SECOND,
    format_duration,
    parse_duration,
)

_RUN = "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"
_PAUSE = 30 * SECOND
"""How long after one request to enable autoscale on a pool another one may come."""


def enable_pool_auto_scale(call: Call) -> Response:
    """A new schedule begins at once; a formula alone waits for the next time of the old one."""
    pool = changeable_pool(call)
    body = call.document(bodies.POOL_ENABLE_AUTO_SCALE)
    if not body or not (pool.autoscales or "autoScaleFormula" in body):
        raise BatchError("MissingRequiredProperty", {"PropertyName": "autoScaleFormula"})
    check_settings(body)
    now = call.store.tick()
    if pool.autoscale_enabled is not None and now - pool.autoscale_enabled < _PAUSE:
        raise BatchError("TooManyEnableAutoScaleRequests")
    if pool.allocation_state is not AllocationState.STEADY:
        raise BatchError("PoolBeingResized")
    document = {
        "autoScaleEvaluationInterval": AUTOSCALE_INTERVAL,
        **pool.document,
        **body,
        "enableAutoScale": True,
    }
    interval = parse_duration(document["autoScaleEvaluationInterval"])
    document["autoScaleEvaluationInterval"] = format_duration(interval)
    anew = not pool.autoscales or "autoScaleEvaluationInterval" in body
    return _save(
        call,
        replace(
            pool,
            document=document,
            autoscale_enabled=now,
            autoscale_due=now if anew else pool.autoscale_due,
            modified=now,
        ),
    )


def disable_pool_auto_scale(call: Call) -> Response:
    """The pool keeps the targets that it has."""
    pool = changeable_pool(call)
    settings = ("autoScaleFormula", "autoScaleEvaluationInterval")
    kept = {name: value for name, value in pool.document.items() if name not in settings}
    return _save(
        call,
        replace(
            pool,
            document={**kept, "enableAutoScale": False},
            autoscale_due=None,
            autoscale_run=None,
            modified=call.store.tick(),
        ),
    )


def evaluate_pool_auto_scale(call: Call) -> Response:
    """Give what a formula would do to a pool that scales itself, and don't do it."""
    pool = changeable_pool(call)
    body = call.document(bodies.POOL_EVALUATE_AUTO_SCALE)
    formula = read_formula(body["autoScaleFormula"])
    if not pool.autoscales:
        raise BatchError(
            "OperationInvalidForCurrentState", {"Reason": "The pool doesn't scale itself"}
        )
    run = call.scheduler.autoscaler.try_formula(pool, formula)
    headers = {"DataServiceId": f"{call.endpoint}{call.request.path}"}
    return json_response({"odata.metadata": call.metadata(_RUN), **run}, headers=headers)


def _save(call: Call, pool: Pool) -> Response:
    call.store.pools.save(pool)
    call.scheduler.autoscaler.pools_changed()
    return changed(call, 200, modified=pool.modified)
