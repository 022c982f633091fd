"""Write down each request that batchff sends, as it stands before the wire.

Python imports a module of this name when it starts, so this one is on the PYTHONPATH of commands
that tests run. It must cost nothing: it imports what every Python has loaded by then, and changes
the HTTP package when it's imported, if ever.
Other programs' requests, and the SDK's own to storage, don't name batchff as their agent.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TYPE_CHECKING = False  # typing's own would load it
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

LOG = "WIRE_LOG"
"""The environment's name for the file: an object a line, from any process and thread."""

_AGENT = "batchff/"
_THROUGH_THE_SDK = "azsdk-"


def record_http_client(module: Any) -> None:
    """Record what goes through the standard library's connections.

    The SDK's requests are recorded when their bodies have come; blobs' are not looked at.
    """
    endheaders, send = module.HTTPConnection.endheaders, module.HTTPConnection.send

    def ending_headers(self: Any, *arguments: Any, **options: Any) -> Any:
        first, *others = (line.decode("latin-1") for line in self._buffer if line)
        headers = dict(line.split(": ", 1) for line in others)
        method, url, _ = first.split(" ")
        request = _ours(method, url, headers)
        has_body = request is not None and int(request["headers"].get("content-length", 0)) > 0
        if request is None or (has_body and request["service"] == "batch"):
            answered = endheaders(self, *arguments, **options)
            self.wire_request = request
            return answered
        _record(request)
        return endheaders(self, *arguments, **options)

    def sending(self: Any, data: Any) -> Any:
        request = getattr(self, "wire_request", None)
        if request is not None:
            request["body"] = (request["body"] or "") + bytes(data).decode()
            if len(request["body"].encode()) >= int(request["headers"]["content-length"]):
                self.wire_request = None
                _record(request)
        return send(self, data)

    module.HTTPConnection.endheaders = ending_headers
    module.HTTPConnection.send = sending


def _ours(method: str, url: str, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """Give what is to be written of a request, unless it isn't batchff's own."""
    named = {name.lower(): value for name, value in headers.items()}
    agent = named.get("user-agent", "")
    if not agent.startswith(_AGENT) or LOG not in os.environ:
        return None
    if "authorization" in named:
        named["authorization"] = named["authorization"].partition(" ")[0]
    service = "batch" if _THROUGH_THE_SDK in agent else "blob"
    return {"service": service, "method": method, "url": url, "headers": named, "body": None}


def _record(request: dict[str, Any]) -> None:
    import json

    # One write to a file that is appended to: lines of several processes stay whole.
    file = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps(request).encode() + b"\n")
    finally:
        os.close(file)


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        record_http_client(module)


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "http.client":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


if __name__ == "sitecustomize" and LOG in os.environ:
    sys.meta_path.insert(0, _Finder())
