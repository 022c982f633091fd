"""A proxy that only makes tunnels, as those that TLS goes through do."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.identity.certificates import Certificates


@contextmanager
def running_proxy(
    *, all_to: str = "", certificates: Certificates | None = None, user: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """Run a proxy; give its URL, and the hosts and ports that it was asked for so far.

    With `all_to`, a host and port, all tunnels lead there: nothing leaves this machine. With
    certificates it's reached by TLS. With a user, a name and a password with a colon between them,
    it refuses others.
    """
    asked: list[str] = []
    signed = f"Basic {b64encode(user.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            if user and self.headers["Proxy-Authorization"] != signed:
                self.send_error(407)
                return
            host, _, port = (all_to or self.path).rpartition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=pass_on, args=(upstream, self.connection))
                back.start()
                pass_on(self.connection, upstream)
                back.join()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        scheme = "http"
        if certificates is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificates.certificate, certificates.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def pass_on(source: socket.socket, to: socket.socket) -> None:
    """Carry bytes one way; when that side ends, the tunnel does."""
    with suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    for side in (source, to):
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
