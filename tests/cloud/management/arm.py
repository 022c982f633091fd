"""A stand-in for Azure Resource Manager, over TLS.

It answers in the shapes of the published examples, takes the tokens of the test tenant that are
meant for it, and knows two subscriptions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.emulator.blob.servers import serving
from tests.identity.certificates import Certificates
from tests.identity.sign_in import SignIn

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
GROUP = "media"
ACCOUNT_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    "/providers/Microsoft.Batch/batchAccounts/studio"
)
STORAGE_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    "/providers/Microsoft.Storage/storageAccounts/films"
)
IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
)


def batch_account(name: str, **properties: Any) -> dict[str, Any]:
    """A Batch account of the first subscription, as Batch Account - Get shows one."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    return {
        "id": f"{group}/providers/Microsoft.Batch/batchAccounts/{name}",
        "name": name,
        "type": "Microsoft.Batch/batchAccounts",
        "location": "westeurope",
        "properties": {
            "accountEndpoint": f"{name}.westeurope.batch.azure.com",
            "provisioningState": "Succeeded",
            "poolAllocationMode": "BatchService",
            "dedicatedCoreQuota": 20,
            "dedicatedCoreQuotaPerVMFamily": [
                {"name": "standardDSv5Family", "coreQuota": 16},
                {"name": "standardFSv2Family", "coreQuota": 0},
            ],
            "dedicatedCoreQuotaPerVMFamilyEnforced": True,
            "lowPriorityCoreQuota": 100,
            "poolQuota": 20,
            "activeJobAndJobScheduleQuota": 100,
            "allowedAuthenticationModes": ["AAD", "SharedKey", "TaskAuthenticationToken"],
            "autoStorage": {
                "storageAccountId": f"{group}/providers/Microsoft.Storage/storageAccounts/films",
                "lastKeySync": "2026-03-10T23:48:38.9878479Z",
            },
            **properties,
        },
    }


def vm_size(name: str, family: str, cores: int, **properties: Any) -> dict[str, Any]:
    """A VM size, as Location - List Supported Virtual Machine Skus shows one."""
    capabilities = [
        {"name": "MaxResourceVolumeMB", "value": "0"},
        {"name": "vCPUs", "value": str(cores)},
    ]
    return {"name": name, "familyName": family, "capabilities": capabilities, **properties}


@dataclass
class Arm:
    """A running stand-in; what it knows can be changed, and pools that were asked for are kept."""

    sign_in: SignIn
    url: str = ""
    accounts: list[dict[str, Any]] = field(default_factory=list)
    vm_sizes: list[dict[str, Any]] = field(default_factory=list)
    storage_name: str = ""
    storage: dict[str, Any] = field(default_factory=dict)
    permissions: list[dict[str, Any]] = field(default_factory=list)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: bool = False

    def reset(self) -> None:
        self.accounts = [batch_account("studio")]
        self.vm_sizes = [
            vm_size("Standard_D4s_v5", "standardDSv5Family", 4),
            vm_size("Standard_F8s_v2", "standardFSv2Family", 8)
            | {"batchSupportEndOfLife": "2028-11-15T00:00:00Z"},
        ]
        self.storage_name = "films"
        self.storage = {"allowSharedKeyAccess": True}
        self.permissions = [
            {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
        ]
        self.pools = {}
        self.refuses = False

    def routes(self) -> list[Route]:
        account = "/resourceGroups/{group}/providers/Microsoft.Batch/batchAccounts/{account}"
        of = "/subscriptions/{subscription}"
        batch, storage = f"{of}/providers/Microsoft.Batch", f"{of}/providers/Microsoft.Storage"
        return [
            Route("/subscriptions", self._subscriptions),
            Route(f"{batch}/batchAccounts", self._accounts),
            Route(f"{batch}/locations/{{location}}/virtualMachineSkus", self._vm_sizes),
            Route(f"{storage}/storageAccounts", self._storage_accounts),
            Route(f"{of}{account}", self._account),
            Route(f"{of}{account}/pools/{{pool}}", self._create_pool, methods=["PUT"]),
            Route("/{of:path}/providers/Microsoft.Authorization/permissions", self._permissions),
        ]

    async def _subscriptions(self, request: Request) -> Response:
        """In two pages, as a list may come."""
        if "page" not in request.query_params:
            return JSONResponse(
                {
                    "value": [
                        {"subscriptionId": "gone", "state": "Deleted"},
                        {"subscriptionId": "gone", "state": "deleted"},
                        {"subscriptionId": OTHER_SUBSCRIPTION, "state": "Enabled"},
                    ],
                    "nextLink": f"{self.url}/subscriptions?api-version=2022-12-01&page=2",
                }
            )
        return JSONResponse({"value": [{"subscriptionId": SUBSCRIPTION, "state": "Enabled"}]})

    async def _accounts(self, request: Request) -> Response:
        if request.path_params["subscription"] == "gone":
            return problem(404, "SubscriptionNotFound", "The subscription could not be found.")
        return JSONResponse({"value": self._of(request)})

    async def _account(self, request: Request) -> Response:
        for account in self._of(request):
            if account["name"] == request.path_params["account"]:
                return JSONResponse(account)
        return problem(404, "ResourceNotFound", "The Resource was not found.")

    async def _vm_sizes(self, request: Request) -> Response:
        assert request.path_params["location"] == "westeurope"
        return JSONResponse({"value": self.vm_sizes})

    async def _storage_accounts(self, request: Request) -> Response:
        return JSONResponse(
            {"value": [{"id": STORAGE_ID, "name": self.storage_name, "properties": self.storage}]}
        )

    async def _permissions(self, request: Request) -> Response:
        return JSONResponse({"value": self.permissions})

    async def _create_pool(self, request: Request) -> Response:
        name = request.path_params["pool"]
        if name in self.pools and request.headers.get("If-None-Match") == "*":
            return problem(412, "PropertyCannotBeUpdated", "There is a pool of that name.")
        self.pools[name] = await request.json()
        return JSONResponse({"id": request.url.path, "name": name, **self.pools[name]})

    def _of(self, request: Request) -> list[dict[str, Any]]:
        own = f"/subscriptions/{request.path_params['subscription']}/"
        return [account for account in self.accounts if account["id"].startswith(own)]


def problem(status: int, code: str, message: str) -> Response:
    """An error, as the management plane answers it."""
    return JSONResponse({"error": {"code": code, "message": message}}, status)


class _OnlyWithToken:
    """Lets in who has a token of the tenant for this very endpoint."""

    def __init__(self, app: ASGIApp, arm: Arm) -> None:
        self._app = app
        self._arm = arm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refusal(Request(scope).headers)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Mapping[str, str]) -> Response | None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        key = self._arm.sign_in.tenant.key.public_key()
        try:
            jwt.decode(token, key, ["RS256"], audience=self._arm.url)
        except jwt.InvalidTokenError as error:
            return problem(401, "InvalidAuthenticationToken", str(error))
        if self._arm.refuses:
            return problem(403, "AuthorizationFailed", "The client may not do that.")
        return None


@pytest.fixture(scope="session")
def _arm(certificates: Certificates, _endpoints: SignIn) -> Iterator[Arm]:
    arm = Arm(_endpoints)
    app = Starlette(routes=arm.routes(), middleware=[Middleware(_OnlyWithToken, arm=arm)])
    tls = {"ssl_certfile": certificates.certificate, "ssl_keyfile": certificates.key}
    # A client that stays connected would keep it from ending for half a minute.
    with serving(app, headers=[("Connection", "close"), ("x-ms-request-id", "1")], **tls) as port:
        arm.url = f"https://127.0.0.1:{port}"
        yield arm


@pytest.fixture
def arm(_arm: Arm, sign_in: SignIn) -> Arm:
    """The stand-in of this worker, as new; the test's environment trusts it."""
    _arm.reset()
    return _arm
