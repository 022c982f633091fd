from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from batchff.cloud.clock import clock_offset
from batchff.errors import UnreachableError
from tests.cloud.small_servers import serving_at
from tests.storage_servers import closed_port


def service(date: str) -> type[BaseHTTPRequestHandler]:
    """A service that lets nobody in, and says that it's this time."""

    class Clock(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(403)
            if date:
                self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    return Clock


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=1), -timedelta(minutes=20)])
def test_a_services_clock_is_compared_with_ours_without_signing_in(ahead: timedelta) -> None:
    date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    with serving_at(service(date)) as endpoint:
        offset = clock_offset(endpoint)
    assert offset is not None
    assert abs(offset - ahead) < timedelta(seconds=30)


@pytest.mark.parametrize("date", ["", "noon"])
def test_a_service_that_doesnt_say_its_time_has_no_offset(date: str) -> None:
    with serving_at(service(date)) as endpoint:
        assert clock_offset(endpoint) is None


def test_a_service_that_doesnt_answer_is_an_error() -> None:
    with pytest.raises(UnreachableError):
        clock_offset(f"http://127.0.0.1:{closed_port()}")
