"""The SDK's own transport, with batchff's proxies, authorities and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from requests import Session
from requests.adapters import HTTPAdapter

from batchff.cloud.http.failures import azure_error, failure_in, failure_of
from batchff.cloud.http.proxies import Proxy
from batchff.cloud.http.trust import authorities, trust
from batchff.cloud.http.urllib3_connections import CONNECTIONS_KEPT, refuse_cut_answers

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest, HttpResponse
    from urllib3 import PoolManager


class _Adapter(HTTPAdapter):
    """Keeps as many connections as threads may have, and takes no answer that was cut off."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=CONNECTIONS_KEPT)

    def init_poolmanager(self, *options: Any, **named: Any) -> None:
        super().init_poolmanager(*options, **named)
        refuse_cut_answers(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:
        known = proxy in self.proxy_manager
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        return manager if known else refuse_cut_answers(manager)


class SdkTransport:
    """Sends requests by the SDK's own transport to one endpoint, through any proxy or none.

    What the environment says is read by batchff alone, so that both ways to send do the same.
    """

    def __init__(self, endpoint: SplitResult, proxy: Proxy | None) -> None:
        session = Session()
        session.trust_env = False
        session.headers.clear()
        session.headers["Accept-Encoding"] = "identity"
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
            if proxy is not None:
                session.proxies[scheme.removesuffix("://")] = proxy.secret_address
        self._connects_to = proxy.host if proxy is not None else endpoint.hostname or ""
        if "https" in (endpoint.scheme, proxy and proxy.scheme):
            trust()  # says now if the authorities can't be read; requests would at each request
        self._transport = RequestsTransport(session=session, connection_verify=authorities())

    def send(
        self, request: HttpRequest, *, stream: bool, connection_timeout: float, read_timeout: float
    ) -> HttpResponse:
        """Send a request by the SDK's own transport and return its answer."""
        try:
            response: HttpResponse = self._transport.send(
                request,
                stream=True,
                connection_timeout=connection_timeout,
                read_timeout=read_timeout,
            )
            # What went wrong is short, and nobody reads it as a stream.
            if not stream or response.status_code >= 300:
                response.read()
        except AzureError as error:
            failure = failure_in(error)
            if failure is None:
                raise
            raise azure_error(failure_of(type(failure), error, self._connects_to)) from error
        return response
