"""Addresses of places in storage, as users write them.

az://CONTAINER/PREFIX is in the profile's own account, https://ACCOUNT.blob.core.windows.net/
CONTAINER/PREFIX?SAS in any. An emulator's URL has its account as the first part of the path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from batchff.errors import UsageError
from batchff.model.places import SCHEME, BlobPlace
from batchff.pipeline.sources import expanded
from batchff.rules import check_container

_AS_IN = f"as in {SCHEME}CONTAINER/PREFIX"
_ANY_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://.*", re.IGNORECASE | re.DOTALL)
# One slash is easily lost, and a folder is hardly called so.
_MISSPELT = re.compile(r"az:/?(?!/).*", re.IGNORECASE | re.DOTALL)
_SIGNED = re.compile(r"\?(.*&)?sig=")
_SYSTEM_CONTAINERS = ("$web", "$root")
# A job's metadata hold two places, and 8 KB in all.
_LONGEST = 2000


def is_address(text: str) -> bool:
    """Return whether a text is meant as an address, not as a path on this machine."""
    return bool(_ANY_SCHEME.fullmatch(text) or _MISSPELT.fullmatch(text))


def read_sources(given: Sequence[str]) -> list[Path] | BlobPlace:
    """Return the paths that were given, or the one place in storage.

    Raises UsageError for an address that can't be one, or that isn't alone.
    """
    addresses = [text for text in given if is_address(text)]
    if not addresses:
        return expanded(given)
    if len(given) > 1:
        raise UsageError(
            "media in storage can't be given with another address or a path",
            hint="give a prefix above them all with --include, or submit each by itself",
        )
    return read_address(addresses[0])


def read_address(text: str) -> BlobPlace:
    """Return the place that an address names; raise UsageError for what is no address.

    What is wrong with a SAS is found out later.
    """
    scheme = found[1].lower() if (found := _ANY_SCHEME.fullmatch(text)) else ""
    if scheme in ("http", "https"):
        place = _of_url(text)
    elif f"{scheme}://" == SCHEME:
        place = _of_own(text)
    elif scheme:
        raise UsageError(
            f"batchff reads nothing from {scheme}://",
            hint=f"it takes folders and files, {SCHEME}CONTAINER/PREFIX, and the URL of a "
            "container or blob with a SAS",
        )
    else:
        rest = text.partition(":")[2].strip("/") or "CONTAINER/PREFIX"
        raise UsageError(f"{text!r} is no address of a container", hint=f"write {SCHEME}{rest}")
    if len(place.written) > _LONGEST:
        raise UsageError("the prefix is too long", hint="give a shorter one")
    return place


def read_own_address(text: str, option: str) -> BlobPlace:
    """Return the place in the profile's own account that an option names, or raise UsageError."""
    if not is_address(text):
        raise UsageError(f"{option} takes an address, not {text!r}", hint=_AS_IN)
    place = read_address(text)
    if place.endpoint:
        raise UsageError(
            f"{option} takes a place in the profile's own storage account",
            hint=f"{_AS_IN}; a SAS is for media to read",
        )
    return place


def refuse_address(path: Path | None, option: str, instead: str) -> None:
    """Raise UsageError for an address where a folder on this machine is asked for."""
    if path is not None and is_address(str(path)):
        raise UsageError(f"{option} takes a folder on this machine, not an address", hint=instead)


def _of_own(text: str) -> BlobPlace:
    # What is signed is no name: it's the end of a URL that somebody shortened.
    if _SIGNED.search(text):
        raise UsageError(
            f"an address with {SCHEME} has no SAS: the profile signs in to its account",
            hint="leave all from the ? on out, or give the whole URL with https://",
        )
    return _place(text[len(SCHEME) :])


def _of_url(text: str) -> BlobPlace:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        # Not the text itself: it may hold a SAS.
        raise UsageError("the URL can't be read", hint="copy it whole, and quote it")
    _check_url(parts, host)
    path = unquote(parts.path).lstrip("/")
    endpoint = f"{parts.scheme.lower()}://{parts.netloc.lower()}"
    if _has_account_in_path(host):
        account, _, path = path.partition("/")
        endpoint += f"/{account}"
    try:
        place = _place(path)
    except UsageError as error:
        raise UsageError(f"the URL names no container: {error.message}", hint=error.hint) from None
    return BlobPlace(place.container, place.prefix, endpoint, parts.query)


def _check_url(parts: SplitResult, host: str) -> None:
    """Raise UsageError for a URL that would give its SAS away, or that isn't whole."""
    if "@" in parts.netloc:
        raise UsageError("the URL has a user's name in it", hint="leave it out")
    if parts.scheme.lower() == "http" and not _has_account_in_path(host):
        raise UsageError(
            f"the SAS would go to {host} without TLS, for everyone to read", hint="write https://"
        )
    if parts.fragment:
        raise UsageError("the URL has a # in it", hint="write %23 for a # in a blob's name")


def _has_account_in_path(host: str) -> bool:
    """Return whether a host is an emulator's: all accounts of one have the same host."""
    if host == "localhost" or "." not in host.rstrip("."):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _place(path: str) -> BlobPlace:
    container, _, prefix = path.partition("/")
    if not container:
        raise UsageError("the address names no container", hint=_AS_IN)
    if container not in _SYSTEM_CONTAINERS:
        check_container(container)
    # The service takes these away from a URL, so that blobs would be elsewhere.
    if {".", ".."} & set(prefix.split("/")):
        raise UsageError(f"{prefix!r} has a part that is only dots", hint=_AS_IN)
    return BlobPlace(container, prefix.strip("/"))
