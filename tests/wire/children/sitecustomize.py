"""Write down each request that batchff sends, as it stands before the wire.

Python imports a module of this name when it starts, so this one is on the PYTHONPATH of commands
that tests run. It must cost nothing: it imports what every Python has loaded by then, and changes
the HTTP packages when they're imported, if ever.
Other programs' requests, and the SDK's own to storage, don't name batchff as their agent.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TYPE_CHECKING = False  # typing's own would load it
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

LOG = "WIRE_LOG"
"""The environment's name for the file: an object a line, from any process and thread."""

_AGENT = "batchff/"
_THROUGH_THE_SDK = "azsdk-"


def record_azure_core(module: Any) -> None:
    """Record what goes through azure-core's RequestsTransport."""
    send = module.RequestsTransport.send

    def recording(self: Any, request: Any, **options: Any) -> Any:
        _record("batch", request.method, request.url, request.headers, request.data)
        return send(self, request, **options)

    module.RequestsTransport.send = recording


def record_http_client(module: Any) -> None:
    """Record what goes through the standard library's connections; its body comes later, unseen."""
    endheaders = module.HTTPConnection.endheaders

    def recording(self: Any, *arguments: Any, **options: Any) -> Any:
        first, *others = (line.decode("latin-1") for line in self._buffer if line)
        headers = dict(line.split(": ", 1) for line in others)
        method, url = first.split(" ")[:2]
        _record("blob", method, url, headers, None)
        return endheaders(self, *arguments, **options)

    module.HTTPConnection.endheaders = recording


def _record(
    service: str, method: str, url: str, headers: Mapping[str, str], body: str | bytes | None
) -> None:
    named = {name.lower(): value for name, value in headers.items()}
    agent = named.get("user-agent", "")
    # The SDK's requests come here again, from below; they were seen already.
    is_ours = agent.startswith(_AGENT) and (_THROUGH_THE_SDK in agent) == (service == "batch")
    if not is_ours or LOG not in os.environ:
        return
    import json

    if "authorization" in named:
        named["authorization"] = named["authorization"].partition(" ")[0]
    request = {
        "service": service,
        "method": method,
        "url": url,
        "headers": named,
        "body": body.decode() if isinstance(body, bytes) else body,
    }
    # One write to a file that is appended to: lines of several processes stay whole.
    file = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps(request).encode() + b"\n")
    finally:
        os.close(file)


_RECORDERS: dict[str, Callable[[Any], None]] = {
    "azure.core.pipeline.transport._requests_basic": record_azure_core,
    "http.client": record_http_client,
}


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _RECORDERS[module.__name__](module)


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _RECORDERS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


if __name__ == "sitecustomize" and LOG in os.environ:
    sys.meta_path.insert(0, _Finder())
