"""The proxy that the environment, or else the system, names for an address.

`http_proxy`, `https_proxy` and `all_proxy` name proxies, `no_proxy` what is reached without one;
the standard library reads them. It knows no ranges of addresses, which curl, Go and requests take.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from batchff.errors import BatchffError

_PORTS = {
    "http": 80,
    "https": 443,
    "socks5": 1080,
    "socks5h": 1080,
    "socks4": 1080,
    "socks4a": 1080,
}
"""The kinds of proxies, each with the port that it has where none is named."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is, how it's spoken to, and with what one signs in to it."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    """User and password as they are, with a colon between them."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that sign in to an HTTP proxy."""
        signed = f"Basic {b64encode(self.user.encode()).decode()}"
        return {"Proxy-Authorization": signed} if self.user else {}

    @property
    def address(self) -> str:
        """The proxy's address, which holds no secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def secret_address(self) -> str:
        """The address with user and password: for libraries, never to be shown."""
        signed = f"://{quote(self.user, safe=':')}@" if self.user else "://"
        return self.address.replace("://", signed, 1)


def find_proxy(address: SplitResult) -> Proxy | None:
    """Return the proxy for an address; None where it's reached without one.

    Raises BatchffError, with the variable's name, for a proxy or a range that can't be used.
    """
    proxies = getproxies()
    kind = address.scheme if address.scheme in proxies else "all"
    given = proxies.get(kind)
    if given is None or _needs_none(address, proxies.get("no", "")):
        return None
    return _read(given, _variable(kind))


def _read(given: str, variable: str) -> Proxy:
    try:
        proxy = urlsplit(given if "://" in given else f"http://{given}")
        host, port = proxy.hostname, proxy.port
    except ValueError:
        host = port = None
    if not host:
        raise BatchffError(
            f"{variable} holds no proxy's address",
            hint="write it as in: http://proxy.example:8080",
        )
    if proxy.scheme not in _PORTS:
        raise BatchffError(
            f"{variable} names a proxy of {proxy.scheme}://, which can't be used",
            hint=f"begin it with one of: {', '.join(f'{scheme}://' for scheme in _PORTS)}",
        )
    if proxy.scheme.startswith("socks") and find_spec("socks") is None:
        raise BatchffError(
            f"{variable} names a SOCKS proxy, which needs the optional part 'socks'",
            hint="run: pip install 'batchff[socks]'",
        )
    user, _, _ = proxy.netloc.rpartition("@")
    return Proxy(proxy.scheme, host, port or _PORTS[proxy.scheme], unquote(user))


def _needs_none(address: SplitResult, excepted: str) -> bool:
    """Return whether an address is excepted from going through a proxy.

    Ranges are for addresses in numbers: no name is looked up, as nobody else does it.
    """
    host = address.hostname or ""
    if proxy_bypass(f"{host}:{address.port}" if address.port else host):
        return True
    # A proxy would look for the emulator on its own machine.
    is_plain = address.scheme == "http"
    try:
        number = ip_address(host)
    except ValueError:
        return is_plain and host == "localhost"
    return (is_plain and number.is_loopback) or any(
        number in network for network in _networks(excepted)
    )


def _networks(excepted: str) -> Iterator[IPv4Network | IPv6Network]:
    for entry in excepted.split(","):
        try:
            yield ip_network(entry.strip(" []"), strict=False)
        except ValueError:
            if "/" in entry:
                raise BatchffError(
                    f"{_variable('no')} has {entry.strip()!r}, which is no range of addresses",
                    hint="write it as in: 10.0.0.0/8",
                ) from None


def _variable(kind: str) -> str:
    """Return the variable's name as it's written; in lower case it outranks others."""
    written = [name for name in os.environ if name.lower() == f"{kind}_proxy"]
    return max(written, key=str.islower, default="the system's settings")
