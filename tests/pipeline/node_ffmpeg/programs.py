"""Programs that stand for the nodes' ffmpeg, and wheels that have them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from batchff.ffmpeg.nodes_build import NodesWheel

PROGRAM = b"#!/bin/sh\necho ffmpeg version 9.9.9 of a test\n"


def take_for_own(program: Path, monkeypatch: pytest.MonkeyPatch, version: str = "9.9.9") -> str:
    """Have a program be the nodes' ffmpeg that this machine's package has; return its SHA-256."""
    monkeypatch.setattr("batchff.pipeline.node_ffmpeg.build.own_build", lambda: (program, version))
    monkeypatch.setattr("batchff.ffmpeg.nodes_build.own_build", lambda: (program, version))
    return hashlib.sha256(program.read_bytes()).hexdigest()


def have_none(wheel: NodesWheel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this machine be of another kind, for which the nodes' ffmpeg is in a wheel."""
    monkeypatch.setattr("batchff.pipeline.node_ffmpeg.build.own_build", lambda: None)
    monkeypatch.setattr("batchff.pipeline.node_ffmpeg.build.nodes_wheel", lambda: wheel)
    monkeypatch.setattr("batchff.ffmpeg.nodes_build.own_build", lambda: None)
    monkeypatch.setattr("batchff.ffmpeg.nodes_build.nodes_wheel", lambda: wheel)


def wheel_of(program: bytes = PROGRAM) -> tuple[NodesWheel, bytes]:
    """Return a wheel that has a program, and what batchff knows of it."""
    member = "imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v9.9.9"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, program)
    packed = content.getvalue()
    known = NodesWheel(
        project="imageio-ffmpeg",
        file="imageio_ffmpeg-9.9-py3-none-manylinux_2_28_x86_64.whl",
        sha256=hashlib.sha256(packed).hexdigest(),
        bytes=len(packed),
        member=member,
        ffmpeg_version="9.9.9",
        ffmpeg_sha256=hashlib.sha256(program).hexdigest(),
    )
    return known, packed


@dataclass
class Index:
    """A package index: what it answers by path, with its type, and what it was asked for."""

    answers: dict[str, tuple[str, bytes]]
    address: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def index_of(answers: dict[str, tuple[str, bytes]]) -> Iterator[Index]:
    """Serve an index on loopback."""
    index = Index(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            # To a proxy the whole address is sent.
            path = "/" + self.path.partition("://")[2].partition("/")[2]
            kind, content = index.answers.get(self.path, index.answers.get(path, ("", b"")))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        index.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
