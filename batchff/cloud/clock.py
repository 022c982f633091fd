"""A service's time, from the Date header of its answers: it needs no sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from batchff.cloud.errors import unreachable
from batchff.cloud.http.failures import ConnectionFailed
from batchff.cloud.http.switch import connect


def clock_offset(endpoint: str) -> timedelta | None:
    """Return how much a service's clock is ahead of ours; None where it doesn't say its time.

    Raises UnreachableError where nothing answers.
    """
    connections = connect(endpoint)
    asked = datetime.now().astimezone()
    try:
        answer = connections.request("GET", "/", {"Content-Length": "0"}, None)
        answer.read()
    except ConnectionFailed as failure:
        raise unreachable(str(failure), endpoint) from failure
    answered = datetime.now().astimezone()
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    # The header has whole seconds, rounded down.
    return date + timedelta(seconds=0.5) - (asked + (answered - asked) / 2)
