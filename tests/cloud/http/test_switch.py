"""Which way requests are sent."""

from __future__ import annotations

import subprocess
import sys

import pytest

from batchff.cloud.http.own_connections import OwnConnections
from batchff.cloud.http.switch import VARIABLE, connect
from batchff.cloud.http.urllib3_connections import Urllib3Connections
from batchff.errors import BatchffError

ENDPOINT = "https://a.blob.core.windows.net"


@pytest.mark.parametrize(
    ("proxy", "kind"),
    [
        ("", OwnConnections),
        ("http://a.example", OwnConnections),
        ("https://a.example", Urllib3Connections),
        ("socks4a://a.example", Urllib3Connections),
        ("socks5h://a.example", Urllib3Connections),
    ],
)
def test_the_libraries_serve_what_ours_doesnt(
    proxy: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    assert type(connect(ENDPOINT)) is kind
    monkeypatch.setenv("no_proxy", "windows.net")
    assert type(connect(ENDPOINT)) is OwnConnections


def test_the_environment_can_ask_for_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sdk")
    assert type(connect(ENDPOINT)) is Urllib3Connections
    monkeypatch.setenv(VARIABLE, "curl")
    with pytest.raises(BatchffError, match="BATCHFF_TRANSPORT is 'curl'") as raised:
        connect(ENDPOINT)
    assert "sdk" in raised.value.hint


def test_without_pysocks_one_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)  # as Python knows what can't be imported
    monkeypatch.setenv("ALL_PROXY", "socks5://somebody:secret@a.example")
    with pytest.raises(BatchffError) as raised:
        connect(ENDPOINT)
    assert raised.value.message == (
        "ALL_PROXY names a SOCKS proxy, which needs the optional part 'socks'"
    )
    assert raised.value.hint == "run: pip install 'batchff[socks]'"


def test_our_way_loads_neither_requests_nor_urllib3() -> None:
    code = (
        "import sys\n"
        "from batchff.cloud.batch import Batch\n"
        "from batchff.cloud.storage import Storage\n"
        "print(*sorted({'requests', 'urllib3', 'socks'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
