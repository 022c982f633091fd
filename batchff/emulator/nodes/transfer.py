"""The connections of the nodes to storage, and what can go wrong with them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import urllib3
from urllib3.util import Retry, Timeout

from batchff.emulator.identities import PoolIdentities
from batchff.emulator.state.model import Document, Failure

_ATTEMPTS = 4
_BLOCK = 1 << 20


class TransferError(Exception):
    """A file could not be fetched or sent; the task fails with `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Cancelled(Exception):
    """The task was ended while its files were being moved."""


class Storage:
    """Pooled connections that try again on lost ones, 5xx and 429."""

    def __init__(
        self, trust: ssl.SSLContext | None = None, identities: PoolIdentities | None = None
    ) -> None:
        self._identities = identities
        self._pool = urllib3.PoolManager(
            num_pools=16,
            maxsize=16,
            blocksize=_BLOCK,
            ssl_context=trust,
            timeout=Timeout(connect=10, read=60),
            retries=Retry(
                total=_ATTEMPTS - 1,
                redirect=3,
                backoff_factor=0.2,
                status_forcelist=(429, 500, 502, 503, 504),
                allowed_methods=None,
                raise_on_status=False,
            ),
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        streamed: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request. Raises urllib3.exceptions.HTTPError where there's no answer."""
        return self._pool.request(
            method,
            url,
            headers=dict(headers or {}),
            body=body,  # type: ignore[arg-type]
            preload_content=not streamed,
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
