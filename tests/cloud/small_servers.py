"""Blob services that misbehave as no emulator does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY_OF_NOTHING = "a2V5IG9mIG5vdGhpbmc="


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve requests by a handler; give the connection string."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/a"
        try:
            yield f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}"
        finally:
            server.shutdown()
            thread.join()
