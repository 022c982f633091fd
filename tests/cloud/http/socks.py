"""A SOCKS5 proxy, as RFC 1928 and 1929 describe it; no package on PyPI is small and kept well."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.identity.proxy import pass_on

_VERSION = 5
_NO_SIGN_IN, _BY_PASSWORD = 0, 2
_BY_NAME = 3
_SUCCEEDED, _REFUSED = 0, 5


@contextmanager
def running_socks(
    *, all_to: str = "", user: str = "", refuses: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Run a proxy; give its host and port, and the hosts and ports that it was asked for so far.

    With `all_to`, a host and port, all connections lead there: nothing leaves this machine. With a
    user, a name and a password with a colon between them, it refuses others.
    """
    asked: list[str] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            if not self._signed_in():
                return
            _, _, _, kind = self.rfile.read(4)
            if kind == _BY_NAME:
                host = self.rfile.read(self.rfile.read(1)[0]).decode()
            else:
                host = socket.inet_ntoa(self.rfile.read(4))
            asked.append(f"{host}:{int.from_bytes(self.rfile.read(2))}")
            said = _REFUSED if refuses else _SUCCEEDED
            self.wfile.write(bytes([_VERSION, said, 0, 1, *bytes(6)]))
            if refuses:
                return
            to, _, port = (all_to or asked[-1]).rpartition(":")
            with socket.create_connection((to, int(port))) as upstream:
                back = threading.Thread(target=pass_on, args=(upstream, self.connection))
                back.start()
                pass_on(self.connection, upstream)
                back.join()

        def _signed_in(self) -> bool:
            _, count = self.rfile.read(2)
            offered = self.rfile.read(count)
            method = _BY_PASSWORD if user else _NO_SIGN_IN
            self.wfile.write(bytes([_VERSION, method if method in offered else 255]))
            if method not in offered:
                return False
            if not user:
                return True
            self.rfile.read(1)
            given = [self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2)]
            is_known = ":".join(given) == user
            self.wfile.write(bytes([1, _SUCCEEDED if is_known else _REFUSED]))
            return is_known

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()
