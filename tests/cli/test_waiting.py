"""A service that is busy for longer: whoever waits is told so, and can leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from batchff.errors import ExitCode
from tests.cloud.small_servers import serving
from tests.json_lines import hold_lines

LISTING = b"<?xml version='1.0'?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>"
SAID = "the storage service is busy (503): trying again for up to 5m"


class Busy(BaseHTTPRequestHandler):
    """Has a busy service's answer to all, or only to what is sent to it."""

    protocol_version = "HTTP/1.1"
    lists: bool

    def do_GET(self) -> None:
        self._answer(200 if self.lists else 503, LISTING)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(503, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "200")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


@pytest.mark.parametrize("lists", [False, True], ids=["first request", "in threads"])
@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["lines", "json"])
def test_it_is_told_by_one_line_and_ended_by_ctrl_c(
    flags: tuple[str, ...], lists: bool, tmp_path: Path
) -> None:
    class Own(Busy):
        pass

    Own.lists = lists
    for number in range(5):
        (tmp_path / f"clip-{number}.mp4").write_bytes(b"media")
    with serving(Own) as connection:
        process = subprocess.Popen(
            [sys.executable, "-m", "batchff", *flags, "upload", tmp_path],
            env={**os.environ, "BATCHFF_STORAGE_CONNECTION_STRING": connection},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stderr is not None
        lines = process.stdout if flags else process.stderr
        before: list[str] = []
        while SAID not in (line := lines.readline()):
            assert line, before
            before.append(line)
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert time.monotonic() - interrupted < 30  # not the 200 seconds that the service asks for
    assert process.returncode == ExitCode.INTERRUPTED
    assert SAID not in out + err
    assert "Traceback" not in out + err
    if flags:
        hold_lines(line + out)
        event = json.loads(line)
        assert (event["event"], event["message"]) == ("notice", SAID)
    else:
        assert line == f"{SAID}\n"
