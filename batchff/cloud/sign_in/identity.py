"""Sign-in with Entra ID, by azure-identity: one identity and its tokens serve both services."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchff.cloud.http.retry_policies import MACHINE_IDENTITY, SIGN_IN, RetryPolicy
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.sign_in.clouds import CLOUDS, PUBLIC, Cloud, authority_in
from batchff.errors import ProfileError, SignInError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

_RENEWED_BEFORE_THE_END = 300.0

_HINTS = {
    "entra": "run: az login, or choose one way to sign in: batchff profile set NAME auth=WAY",
    "azure-cli": "install the Azure CLI, and run: az login",
    "managed-identity": "only machines in Azure have one, where it was assigned to them; "
    "client_id names a user-assigned one",
    "service-principal": "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET "
    "or AZURE_CLIENT_CERTIFICATE_PATH",
    "workload-identity": "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE",
}

_SIGN_IN_ANEW = "sign in anew: az login"
_OTHER_TENANT = "check the tenant (tenant_id, AZURE_TENANT_ID): it's to be the account's"
_MORE_IS_ASKED_FOR = (
    "Conditional Access asks for more: sign in anew (az login --tenant TENANT), from a device and "
    "a network that it lets in"
)
# "Microsoft Entra authentication and authorization error codes".
_HINTS_BY_CODE = {
    "50076": _MORE_IS_ASKED_FOR,
    "50079": _MORE_IS_ASKED_FOR,
    "50158": _MORE_IS_ASKED_FOR,
    "53000": _MORE_IS_ASKED_FOR,
    "53003": _MORE_IS_ASKED_FOR,
    "50173": _SIGN_IN_ANEW,
    "700082": _SIGN_IN_ANEW,
    "90002": _OTHER_TENANT,
    "500011": f"{_OTHER_TENANT}, and the cloud the account's: az cloud set --name CLOUD",
    "700016": f"check the application (client_id, AZURE_CLIENT_ID); {_OTHER_TENANT}",
    "7000222": "the application's secret has expired: make another, and set AZURE_CLIENT_SECRET",
}

_CODE = re.compile(r"AADSTS(\d+)")
_ATTEMPT = re.compile(r"^\t(\w+?)(?:Credential)?: (.*)", re.MULTILINE)
_ADVICE = re.compile(r"\s+(?:Trace ID:|Visit https:|See the troubleshooting|To mitigate).*")
_NEW_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in: what a profile's `auth` says, whose identity is meant, and where.

    `AZURE_AUTHORITY_HOST` is taken before the cloud's own authority.
    """

    auth: str
    client_id: str | None = None
    tenant_id: str | None = None
    cloud: Cloud = PUBLIC


class Identity:
    """A TokenCredential that keeps its tokens until shortly before they end.

    Nothing is loaded or asked before the first token is. Raises SignInError, in one line.
    """

    def __init__(self, way: Way, retrying: Retrying | None = None) -> None:
        self._way = way
        self._retrying = retrying or Retrying()
        self._credential: TokenCredential | None = None
        self._tokens: dict[tuple[str | None, ...], AccessToken] = {}
        self._lock = threading.Lock()

    def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, **options: Any
    ) -> AccessToken:
        """Return a token; `claims` is a service's demand for another than the one it was sent."""
        tenant = tenant_id or self._way.tenant_id
        with self._lock:
            token = self._tokens.get((tenant, *scopes))
            if claims or token is None or token.expires_on - time.time() < _RENEWED_BEFORE_THE_END:
                token = self._ask(*scopes, claims=claims, tenant_id=tenant, **options)
                self._tokens[tenant, *scopes] = token
            return token

    @property
    def used(self) -> str:
        """Whose token it is, in words: of a chain, the one that had one."""
        found = getattr(self._credential, "_successful_credential", None)
        if found is None:
            return self._way.auth
        return _NEW_WORD.sub(" ", type(found).__name__.removesuffix("Credential")).lower()

    def _ask(self, *scopes: str, **options: Any) -> AccessToken:
        from azure.core.exceptions import AzureError  # slow to import

        self._retrying.pause(0)  # another thread may have waited, and this one not be wanted by now
        try:
            if self._credential is None:
                self._credential = _credential(self._way, self._retrying)
            return self._credential.get_token(*scopes, **options)
        # ValueError and OSError: settings and files of the environment that can't be used.
        except (AzureError, OSError, ValueError) as error:
            failed = _what_failed(str(error), self._way, self._credential)
            hint = _hint(failed, self._way)
            wanted = options["tenant_id"]
            if wanted and wanted != self._way.tenant_id:
                hint = f"the service asks for the tenant {wanted}: set tenant_id, if that's yours"
            raise SignInError(failed, hint=hint) from error


class Identities:
    """The identities of one command: services that sign in alike share one.

    `retrying` is how the command retries, here and wherever they sign in to.
    """

    def __init__(self, retrying: Retrying | None = None) -> None:
        self.retrying = retrying or Retrying()
        self._known: dict[Way, Identity] = {}

    def of(self, way: Way) -> Identity:
        """Return the identity that signs in this way."""
        return self._known.setdefault(way, Identity(way, self.retrying))


def _credential(way: Way, retrying: Retrying) -> TokenCredential:
    from azure import identity  # slow to import

    asking = _asking(SIGN_IN, retrying)
    match way.auth:
        case "azure-cli":
            return identity.AzureCliCredential(tenant_id=way.tenant_id or "", process_timeout=30)
        case "managed-identity":
            # A chain first asks whether there is such an identity: that takes a second, not 40.
            return identity.ChainedTokenCredential(
                identity.ManagedIdentityCredential(
                    client_id=way.client_id, **_asking(MACHINE_IDENTITY, retrying)
                )
            )
        case "workload-identity":
            names = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}
            given = _given(way, {**names, "token_file_path": "AZURE_FEDERATED_TOKEN_FILE"})
            return identity.WorkloadIdentityCredential(**given, **_authority_options(way), **asking)
        case "service-principal":
            names = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}
            if certificate := os.environ.get("AZURE_CLIENT_CERTIFICATE_PATH"):
                return identity.CertificateCredential(
                    **_given(way, names),
                    certificate_path=certificate,
                    password=os.environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
                    **_authority_options(way),
                    **asking,
                )
            given = _given(way, {**names, "client_secret": "AZURE_CLIENT_SECRET"})
            return identity.ClientSecretCredential(**given, **_authority_options(way), **asking)
    chosen = {"managed_identity_client_id": way.client_id} if way.client_id else {}
    return identity.DefaultAzureCredential(
        **chosen,
        additionally_allowed_tenants=[way.tenant_id] if way.tenant_id else [],
        process_timeout=30,
        **_authority_options(way),
        **asking,
    )


def _given(way: Way, variables: dict[str, str]) -> dict[str, Any]:
    """Return values of the profile, else the environment; raise ProfileError if one is missing."""
    given = {
        name: getattr(way, name, None) or os.environ.get(variable)
        for name, variable in variables.items()
    }
    missing = [variables[name] for name, value in given.items() if not value]
    if missing:
        raise ProfileError(
            f"auth = {way.auth!r} needs {' and '.join(missing)} in the environment",
            hint="tenant_id and client_id can be set in the profile instead",
        )
    return given


def _authority_options(way: Way) -> dict[str, Any]:
    """Return which authority to ask, and how.

    Microsoft knows only its own authorities, so it isn't asked about any other host.
    """
    named = authority_in()
    if named is None:
        return {"authority": way.cloud.authority}
    if any(named == cloud.authority for cloud in CLOUDS):
        return {}
    return {"disable_instance_discovery": True}


def _asking(policy: RetryPolicy, retrying: Retrying) -> dict[str, Any]:
    """Return what has azure-identity send by our connections, and retry by a row of the table."""
    from batchff.cloud.http.sdk_retries import SignInTransport  # slow to import

    return {"transport": SignInTransport(policy, retrying), "retry_total": 0}


def _hint(failed: str, way: Way) -> str:
    """Return what to do, by Entra ID's own code where it gave one."""
    code = _CODE.search(failed)
    if code and code[1] in _HINTS_BY_CODE:
        return _HINTS_BY_CODE[code[1]]
    if way.cloud is not PUBLIC and way.auth in ("entra", "azure-cli"):
        cloud = way.cloud.name
        commands = f"az cloud set --name {cloud}, az login"
        return f"the accounts are in {cloud}; with the Azure CLI: {commands}"
    return _HINTS[way.auth]


def _what_failed(said: str, way: Way, credential: TokenCredential | None) -> str:
    """Return in one line what azure-identity says in many."""
    attempts = _ATTEMPT.findall(said)
    chain = getattr(credential, "credentials", ())
    if way.auth == "entra" and attempts and len(attempts) == len(chain):
        tried = ", ".join(_NEW_WORD.sub(" ", name).lower() for name, _ in attempts)
        return f"nobody is signed in to Entra ID (tried: {tried})"
    name, reason = attempts[-1] if attempts else ("", said.strip().partition("\n")[0])
    by = _NEW_WORD.sub(" ", name).lower() if way.auth == "entra" and name else way.auth
    return f"signing in by {by}: {_ADVICE.sub('', reason.strip()).rstrip('.')}"
