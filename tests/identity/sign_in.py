"""Where tokens come from: Entra ID's endpoint, a managed identity's, and a stand-in for `az`.

The endpoints speak as much of the protocols as azure-identity asks for, and refuse what isn't right
in them. The tokens are the test tenant's.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.emulator.blob.servers import serving
from tests.emulator.entra import HOUR, TENANT, Tenant
from tests.identity.certificates import Certificates

CLIENT = "66666666-7777-8888-9999-aaaaaaaaaaaa"
SECRET = "the application's own secret"
FEDERATED_TOKEN = "what Kubernetes says of the pod"
MACHINE_SECRET = "known to this machine alone"

RESOURCES = {
    "batch": "https://batch.core.windows.net/",
    "storage": "https://storage.azure.com",
}


@dataclass
class SignIn:
    """Running endpoints.

    `lifetime` is that of the next tokens, in seconds; `given` are the tokens by resource.
    """

    tenant: Tenant
    certificates: Certificates
    folder: Path
    url: str = ""
    lifetime: int = HOUR
    given: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def token(self, resource: str) -> str:
        """A token for a service."""
        token = self.tenant.token(resource, exp=int(time.time()) + self.lifetime)
        self.given.setdefault(resource, []).append(token)
        return token

    def trust(self) -> Mapping[str, str]:
        """The environment that leads azure-identity here, and has it believe the certificate."""
        return {
            "AZURE_AUTHORITY_HOST": self.url,
            "REQUESTS_CA_BUNDLE": str(self.certificates.authority),
        }

    def environment(self, way: str) -> Mapping[str, str]:
        """The environment in which a way to sign in works: one that a profile's `auth` may name."""
        application = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
        match way:
            case "service-principal":
                return {**application, "AZURE_CLIENT_SECRET": SECRET}
            case "workload-identity":
                file = self.folder / "federated-token"
                file.write_text(FEDERATED_TOKEN)
                return {**application, "AZURE_FEDERATED_TOKEN_FILE": str(file)}
            case "managed-identity":
                # As an App Service has it.
                machine = f"{self.url}/machine"
                return {"IDENTITY_ENDPOINT": machine, "IDENTITY_HEADER": MACHINE_SECRET}
            case "azure-cli":
                return self._az()
        raise ValueError(way)

    def az_without_anybody(
        self, said: str = "Please run 'az login' to setup account."
    ) -> Mapping[str, str]:
        """The environment in which `az` is on PATH, and says why nobody is signed in with it."""
        return self._az_script(f'echo "ERROR: {said}" >&2; exit 1')

    def az_calls(self) -> list[str]:
        """The arguments of each call of `az`, since it was put on PATH."""
        return (self.folder / "az-calls").read_text().splitlines()

    def _az(self) -> Mapping[str, str]:
        for name, resource in RESOURCES.items():
            said = {
                "accessToken": self.token(resource),
                "expires_on": int(time.time()) + self.lifetime,
                "tenant": TENANT,
                "tokenType": "Bearer",
            }
            (self.folder / f"{name}.json").write_text(json.dumps(said))
        cases = "".join(f"*{name}*) cat {name}.json ;; " for name in RESOURCES)
        return self._az_script(f'case "$*" in {cases}esac')

    def _az_script(self, answer: str) -> Mapping[str, str]:
        script = self.folder / "az"
        script.write_text(f'#!/bin/sh\ncd "{self.folder}"\necho "$*" >> az-calls\n{answer}\n')
        script.chmod(0o755)
        (self.folder / "az-calls").write_text("")
        return {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            Route("/{tenant}/oauth2/v2.0/token", self._entra_token, methods=["POST"]),
            Route("/machine", self._machine_token),
        ]

    async def _configuration(self, request: Request) -> JSONResponse:
        base = f"{self.url}/{request.path_params['tenant']}"
        return _answer(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _entra_token(self, request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode()))
        problem = _problem(request.path_params["tenant"], form)
        if problem:
            error = {"error": "invalid_client", "error_description": f"{problem} Trace ID: 0"}
            return _answer(error, 401)
        # msal adds scopes of its own for users; an application names its resource alone.
        resource = form["scope"].removesuffix("/.default")
        return _answer(self._granted(resource, "expires_in", self.lifetime))

    async def _machine_token(self, request: Request) -> JSONResponse:
        if request.headers.get("X-IDENTITY-HEADER") != MACHINE_SECRET:
            return _answer({"statusCode": 401, "message": "the header is wrong"}, 401)
        if request.query_params.get("client_id", CLIENT) != CLIENT:
            return _answer({"statusCode": 400, "message": "No such user-assigned one"}, 400)
        expiry = int(time.time()) + self.lifetime
        return _answer(self._granted(request.query_params["resource"], "expires_on", str(expiry)))

    def _granted(self, resource: str, name: str, expiry: int | str) -> dict[str, Any]:
        return {"token_type": "Bearer", "access_token": self.token(resource), name: expiry}


def _answer(content: Mapping[str, Any], status: int = 200) -> JSONResponse:
    # Nobody closes azure-identity's connections, and the end of a server over TLS waits for that.
    return JSONResponse(content, status, headers={"Connection": "close"})


def _problem(tenant: str, form: Mapping[str, str]) -> str:
    if tenant != TENANT:
        return f"AADSTS90002: Tenant '{tenant}' not found."
    if form.get("client_id") != CLIENT:
        return "AADSTS700016: Application was not found in the directory."
    if "client_assertion" in form:
        if form["client_assertion"] != FEDERATED_TOKEN:
            return "AADSTS700211: No matching federated identity record found."
    elif form.get("client_secret") != SECRET:
        return "AADSTS7000215: Invalid client secret provided."
    return ""


@pytest.fixture(scope="session")
def _endpoints(
    certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignIn]:
    folder = tmp_path_factory.mktemp("sign-in")
    endpoints = SignIn(Tenant(folder), certificates, folder)
    app = Starlette(routes=endpoints.routes())
    tls = {"ssl_certfile": certificates.certificate, "ssl_keyfile": certificates.key}
    # A client that stays connected would keep it from ending for half a minute.
    with serving(app, headers=[("Connection", "close")], **tls) as port:
        endpoints.url = f"https://127.0.0.1:{port}"
        yield endpoints


@pytest.fixture
def sign_in(_endpoints: SignIn, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """The endpoints of this worker; the test's environment leads there, and signs nobody in."""
    _endpoints.lifetime = HOUR
    _endpoints.given.clear()
    for name, value in _endpoints.trust().items():
        monkeypatch.setenv(name, value)
    return _endpoints
