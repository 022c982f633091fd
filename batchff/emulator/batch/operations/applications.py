"""Applications: the account has none, as pools and tasks with application packages are refused."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items


def list_applications(call: Call) -> Response:
    """Answer with an empty list: the emulator has no application packages."""
    return answer_items(call, [], {}, "applications")


def get_application(call: Call) -> Response:
    """Answer 404: the emulator has no application packages."""
    raise BatchError("ApplicationNotFound")
