"""Services that misbehave as no emulator does."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.identity.certificates import Certificates

KEY_OF_NOTHING = "a2V5IG9mIG5vdGhpbmc="


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve requests for blobs by a handler; give the connection string."""
    with serving_at(handler) as url:
        yield f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"


@contextmanager
def serving_at(
    handler: type[BaseHTTPRequestHandler],
    certificates: Certificates | None = None,
    *,
    foreign: bool = False,
) -> Iterator[str]:
    """Serve requests by a handler, over TLS where there are certificates; give the endpoint.

    Each answer has a request's id, as a service's have, unless it's a `foreign` one's.
    """

    class Identified(handler):  # type: ignore[misc, valid-type]
        def end_headers(self) -> None:
            self.send_header("x-ms-request-id", "1")
            super().end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), handler if foreign else Identified) as server:
        server.daemon_threads = True
        scheme = "http"
        if certificates is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificates.certificate, certificates.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
