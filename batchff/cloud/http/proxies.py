"""The proxy that the environment, or else the system, names for an address.

`http_proxy`, `https_proxy` and `all_proxy` name proxies, `no_proxy` what is reached without one;
the standard library reads them. It knows no ranges of addresses, which curl, Go and requests take.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from batchff.errors import BatchffError


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where an HTTP proxy is, and the headers that sign in to it."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)


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
        host, port = proxy.hostname, proxy.port or 80
    except ValueError:
        host = None
    if not host:
        raise BatchffError(
            f"{variable} holds no proxy's address",
            hint="write it as in: http://proxy.example:8080",
        )
    if proxy.scheme != "http":
        raise BatchffError(
            f"{variable} names a proxy of {proxy.scheme}://, and only http:// can be used",
            hint="name another there, or the service's host in no_proxy",
        )
    user, at, _ = proxy.netloc.rpartition("@")
    signed = f"Basic {b64encode(unquote(user).encode()).decode()}"
    return Proxy(host, port, {"Proxy-Authorization": signed} if at else {})


def _needs_none(address: SplitResult, excepted: str) -> bool:
    """Say whether an address is excepted from going through a proxy.

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
