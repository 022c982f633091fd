"""A relay before a service that hangs up inside answers: in their headers, or their chunks."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from io import BufferedIOBase
from itertools import chain
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Protocol

from tests.identity.certificates import Certificates

_NODES_USER_AGENT = b"user-agent: python-urllib3"


class Cut(Protocol):
    """Decides after how many bytes an answer ends; with None it comes whole.

    It's asked with the head of the request and that of its answer, from any thread.
    """

    def __call__(self, asked: bytes, head: bytes, /) -> int | None: ...


@contextmanager
def cutting(
    port: int, cut: Cut, certificates: Certificates | None = None, *, tls_to: bool = False
) -> Iterator[str]:
    """Relay to a port of this machine; give the relay's endpoint.

    With certificates it's reached by TLS, and so is the service with `tls_to`. What an emulator's
    nodes ask for always comes whole.
    """

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, EOFError), closing(_connect(port, tls=tls_to)) as service:
                answers = service.makefile("rb")
                while asked := _head(self.rfile):
                    service.sendall(asked)
                    for piece in _body(self.rfile, asked):
                        service.sendall(piece)
                    if not self._answer(asked, answers):
                        return

        def _answer(self, asked: bytes, answers: BufferedIOBase) -> bool:
            """Pass an answer on, as far as it may come; say whether that was all of it."""
            if not (head := _head(answers)):
                return False
            left = None if _NODES_USER_AGENT in asked.lower() else cut(asked, head)
            rest = () if asked.startswith(b"HEAD ") else _body(answers, head, is_answer=True)
            for piece in chain((head,), rest):
                self.wfile.write(piece if left is None else piece[:left])
                if left is not None and (left := left - len(piece)) <= 0:
                    return False
            return True

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
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
            yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def once(offset: int, matching: Callable[[bytes], bool] = lambda asked: True) -> Cut:
    """Cut the first answer to a request that matches, after so many bytes."""
    left = [1]
    lock = threading.Lock()

    def cut(asked: bytes, head: bytes, /) -> int | None:
        if not matching(asked):
            return None
        with lock:
            left[0] -= 1
            return offset if left[0] >= 0 else None

    return cut


def _connect(port: int, *, tls: bool) -> socket.socket:
    service = socket.create_connection(("127.0.0.1", port))
    if not tls:
        return service
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(service)


def _head(lines: BufferedIOBase) -> bytes:
    """Read a head with the empty line that ends it; nothing where the other side has closed."""
    head = b""
    while line := lines.readline():
        head += line
        if line == b"\r\n":
            return head
    return b""


def _length(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _body(lines: BufferedIOBase, head: bytes, *, is_answer: bool = False) -> Iterator[bytes]:
    if _length(head, b"transfer-encoding") == b"chunked":
        yield from _chunks(lines)
    elif length := int(_length(head, b"content-length") or 0):
        yield from _pieces(lines, length)
    elif is_answer and _length(head, b"connection") == b"close":
        yield lines.read()


def _chunks(lines: BufferedIOBase) -> Iterator[bytes]:
    while size := lines.readline():
        yield size + lines.read(int(size, 16) + 2)
        if int(size, 16) == 0:
            return


def _pieces(lines: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        piece = lines.read(min(length, 65536))
        if not piece:
            raise EOFError
        length -= len(piece)
        yield piece
