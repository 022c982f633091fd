"""Statistics of an account's pools and jobs, which the service has stopped gathering."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call, json_response
from batchff.emulator.batch.protocol.lists import answer_items
from batchff.emulator.state.model import Document
from batchff.emulator.state.times import format_time


def list_pool_usage_metrics(call: Call) -> Response:
    """Answer with an empty list, as the service does for an account without usage."""
    return answer_items(call, [], {}, "poolusagemetrics")


def get_lifetime_pool_statistics(call: Call) -> Response:
    """Answer with nothing used."""
    now = format_time(call.request.now)
    span = {"startTime": now, "lastUpdateTime": now}
    figures = ("avgCPUPercentage", "avgMemoryGiB", "peakMemoryGiB", "avgDiskGiB", "peakDiskGiB")
    traffic = ("diskReadGiB", "diskWriteGiB", "networkReadGiB", "networkWriteGiB")
    return _answer(
        call,
        "poolstats",
        {
            "usageStats": {**span, "dedicatedCoreTime": "PT0S"},
            "resourceStats": {
                **span,
                **dict.fromkeys(figures, 0.0),
                "diskReadIOps": "0",
                "diskWriteIOps": "0",
                **dict.fromkeys(traffic, 0.0),
            },
        },
    )


def get_lifetime_job_statistics(call: Call) -> Response:
    """Answer with nothing run."""
    return _answer(
        call,
        "jobstats",
        {
            "userCPUTime": "PT0S",
            "kernelCPUTime": "PT0S",
            "wallClockTime": "PT0S",
            "readIOps": "0",
            "writeIOps": "0",
            "readIOGiB": 0.0,
            "writeIOGiB": 0.0,
            "numTaskRetries": "0",
            "numSucceededTasks": "0",
            "numFailedTasks": "0",
            "waitTime": "PT0S",
        },
    )


def _answer(call: Call, entity: str, figures: Document) -> Response:
    now = format_time(call.request.now)
    return json_response(
        {
            "odata.metadata": call.metadata(f"{entity}/@Element"),
            "url": f"{call.endpoint}{call.request.path}",
            "startTime": now,
            "lastUpdateTime": now,
            **figures,
        }
    )
