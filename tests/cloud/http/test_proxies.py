"""Which proxy the environment names for an address, and which addresses are reached without one."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest

from batchff.cloud.batch import Batch
from batchff.cloud.http.proxies import Proxy, find_proxy
from batchff.cloud.http.transport import Transport
from batchff.cloud.storage import connect_storage
from batchff.errors import BatchffError
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.identity.certificates import Certificates
from tests.identity.proxy import running_proxy

BATCH = "https://a.westeurope.batch.azure.com"


class Silent(BaseHTTPRequestHandler):
    """Answers every request with nothing."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of those that the tests themselves may have."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def proxy_of(address: str) -> Proxy | None:
    return find_proxy(urlsplit(address))


def test_a_server_in_an_excepted_range_is_reached_without_the_proxy(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with serving_at(Silent, certificates) as url, running_proxy() as (proxy, asked):
        monkeypatch.setenv("https_proxy", proxy)
        for excepted in ("10.0.0.0/8, 127.0.0.0/8", "10.0.0.0/8"):
            monkeypatch.setenv("no_proxy", excepted)
            with Transport() as transport:
                assert transport.send(HttpRequest("GET", url)).status_code == 204
            assert asked == ([] if "127" in excepted else [urlsplit(url).netloc])


@pytest.mark.parametrize(
    ("excepted", "address"),
    [
        ("10.0.0.0/8", "https://10.1.2.3:8080"),
        ("10.1.2.99/24", "https://10.1.2.3"),
        ("a.example,fd00::/8", "https://[fd00::1]:8080"),
        ("[fd00:0::1]", "https://[fd00::1]"),
        ("10.1.2.3", "https://10.1.2.3"),
        ("10.1.2.3:8080", "https://10.1.2.3:8080"),
        ("azure.com", BATCH),
        (".azure.com", BATCH),
        ("*", BATCH),
    ],
)
def test_what_no_proxy_names_is_reached_without_one(
    excepted: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    assert proxy_of(address) == Proxy("http", "proxy.example", 8080)
    monkeypatch.setenv("NO_PROXY", excepted)
    assert proxy_of(address) is None
    assert proxy_of("https://192.0.2.1") == (None if excepted == "*" else proxy_of("https://b"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "[::1]", "localhost"])
def test_the_emulator_is_reached_without_one(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://proxy.example")
    assert proxy_of(f"http://{host}:8080") is None


@pytest.mark.parametrize(
    ("given", "proxy"),
    [
        ("proxy.example", Proxy("http", "proxy.example", 80)),
        ("http://proxy.example:3128/", Proxy("http", "proxy.example", 3128)),
        ("https://proxy.example", Proxy("https", "proxy.example", 443)),
        ("socks5h://proxy.example", Proxy("socks5h", "proxy.example", 1080)),
        (
            "http://user:p%40ss@[fd00::1]:3128",
            Proxy("http", "fd00::1", 3128, "user:p@ss"),
        ),
    ],
)
def test_a_proxy_is_read_with_what_signs_in_to_it(
    given: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", given)
    assert proxy_of(BATCH) == proxy
    assert "p@ss" not in repr(proxy)


def test_user_and_password_are_in_what_libraries_get_and_in_nothing_else() -> None:
    proxy = Proxy("https", "fd00::1", 3128, "user:p@s:s")
    assert proxy.headers == {"Proxy-Authorization": "Basic dXNlcjpwQHM6cw=="}
    assert proxy.address == "https://[fd00::1]:3128"
    assert proxy.secret_address == "https://user:p%40s:s@[fd00::1]:3128"
    nobody = Proxy("http", "proxy.example", 80)
    assert (nobody.headers, nobody.secret_address) == ({}, "http://proxy.example:80")


@pytest.mark.parametrize(
    ("variable", "given", "message"),
    [
        ("ALL_PROXY", "socks://user:secret@a:1080", "names a proxy of socks://, which can't"),
        ("HTTPS_PROXY", "ftp://user:secret@a", "names a proxy of ftp://, which can't be used"),
        ("https_proxy", "http://user:secret@a:port", "holds no proxy's address"),
        ("https_proxy", "http://user:secret@[::1", "holds no proxy's address"),
        ("https_proxy", "http://", "holds no proxy's address"),
    ],
)
def test_a_proxy_that_cant_be_used_is_told_by_its_variable(
    variable: str, given: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, given)
    key = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
    connection = f"AccountName=a;AccountKey={KEY_OF_NOTHING};EndpointSuffix=core.windows.net"
    for ask in (
        lambda: Batch(BATCH, key).jobs.get("j"),
        lambda: list(connect_storage(connection).list_blobs("films")),
    ):
        with pytest.raises(BatchffError) as raised:
            ask()
        told = raised.value.message + raised.value.hint
        assert raised.value.message.startswith(f"{variable} {message}")
        assert "\n" not in told
        assert "secret" not in told
    monkeypatch.setenv("no_proxy", "azure.com")
    assert proxy_of(BATCH) is None


def test_what_is_no_range_is_told_where_ranges_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example")
    monkeypatch.setenv("NO_PROXY", "a.example, 10.0.0.0/33")
    assert proxy_of(BATCH)
    with pytest.raises(BatchffError) as raised:
        proxy_of("https://10.1.2.3")
    assert raised.value.message == "NO_PROXY has '10.0.0.0/33', which is no range of addresses"
