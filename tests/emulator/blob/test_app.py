from __future__ import annotations

import pytest

from tests.emulator.blob.servers import BlobServer


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.1", ""])
def test_only_loopback_hosts_are_answered(emulator: BlobServer, host: str) -> None:
    answer = emulator.send("GET", "/", {"Host": host}, query="comp=list")
    assert answer.status == 400
    assert b"Containers" not in answer.body


def test_no_page_of_a_browser_is_given_leave(emulator: BlobServer) -> None:
    answer = emulator.send("OPTIONS", "/films", {"Origin": "https://evil.example"}, sas="")
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
