"""The connections of the nodes to storage, and what can go wrong with them."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import urllib3
from urllib3.util import Retry, Timeout

from batchff.emulator.hosts import ADDRESS, is_below_localhost
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.state.model import Document, Failure

PATIENCE_SECONDS = 10.0
_ATTEMPTS = 7
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.4
"""As shares of the time for which it's tried again."""
_STEP = 0.1
_AGAIN = (408, 429, 500, 502, 503, 504)
_BLOCK = 1 << 20


class TransferError(Exception):
    """A file could not be fetched or sent; the task fails with `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Cancelled(Exception):
    """The task was ended while its files were being moved."""


class _Patience(Retry):
    """Waits between tries, unless `check` raises meanwhile."""

    def __init__(self, *, check: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._check = check

    def new(self, **changes: Any) -> _Patience:
        return super().new(check=self._check, **changes)

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        wanted = self.get_retry_after(response) if response is not None else None
        end = time.monotonic() + min(wanted or self.get_backoff_time(), self.backoff_max)
        while (left := end - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, _STEP))


class Storage:
    """Pooled connections that try again on lost ones, 5xx, 408 and 429, for so many seconds."""

    def __init__(
        self,
        trust: ssl.SSLContext | None = None,
        identities: PoolIdentities | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._patience = patience
        self._identities = identities
        self._pool = urllib3.PoolManager(
            num_pools=16,
            maxsize=16,
            blocksize=_BLOCK,
            ssl_context=trust,
            timeout=Timeout(connect=10, read=60),
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        streamed: bool = False,
        check: Callable[[], None] = lambda: None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request. Raises urllib3.exceptions.HTTPError where there's no answer.

        While it waits to try again it calls `check`, which may raise.
        """
        url, host = _resolved(url)
        return self._pool.request(
            method,
            url,
            headers={**(headers or {}), **({"Host": host} if host else {})},
            body=body,  # type: ignore[arg-type]
            preload_content=not streamed,
            retries=_Patience(
                total=_ATTEMPTS - 1,
                redirect=3,
                backoff_factor=self._patience * _FIRST_PAUSE,
                backoff_max=self._patience * _LONGEST_PAUSE,
                status_forcelist=_AGAIN,
                allowed_methods=None,
                raise_on_status=False,
                check=check,
            ),
        )

    def url_of(self, place: Document, name: str) -> str | None:
        """Give a file's URL, open to the identity that it refers to, if it does.

        None where that identity opens nothing: the pool may have lost it since it was asked for.
        """
        url: str = place[name]
        if "identityReference" not in place:
            return url
        if self._identities is None:
            return None
        return self._identities.signed(url, place["identityReference"]["resourceId"])

    def auto_storage_url(self, container: str) -> str | None:
        """Give the URL of a container in the account's own storage; None where it has none."""
        return None if self._identities is None else self._identities.auto_storage(container)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def _resolved(url: str) -> tuple[str, str]:
    """Give a URL that any resolver knows, and the `Host` to ask for there, empty for its own."""
    parts = urlsplit(url)
    if not is_below_localhost(parts.hostname or ""):
        return url, ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{ADDRESS}{port}")), parts.netloc


def blob_url(container: str, name: str) -> str:
    """Give the URL of a blob in a container, whose URL's SAS it keeps."""
    parts = urlsplit(container)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{quote(name)}"))


def bare(url: str) -> str:
    """Give a URL without its query, where a SAS is: the only form for messages and logs."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def check_cancelled(cancelled: threading.Event) -> None:
    """Raise Cancelled once the event is set."""
    if cancelled.is_set():
        raise Cancelled
