"""A throwaway tenant of Entra ID, whose tokens the emulator of these tests accepts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from azure.core.credentials import AccessToken
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BATCH = "https://batch.core.windows.net/"
STORAGE = "https://storage.azure.com/"
TENANT = "11111111-2222-3333-4444-555555555555"
OBJECT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
HOUR = 3600


class Tenant:
    """Signs tokens as Entra ID does, with a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = folder / "tenant.pem"
        self.public_key.write_bytes(
            self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    def token(self, resource: str, *, algorithm: str = "RS256", **claims: Any) -> str:
        """Sign a token that holds now for an hour; a claim of None is left out."""
        own = claims_of(resource) | claims
        given = {name: value for name, value in own.items() if value is not None}
        return jwt.encode(given, self.key, algorithm, headers={"kid": "test"})

    def credential(self, **claims: Any) -> StaticCredential:
        return StaticCredential(self, claims)


@dataclass(frozen=True)
class StaticCredential:
    """A token credential for SDKs: a new token each time, for whatever resource is asked."""

    tenant: Tenant
    claims: dict[str, Any]

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        resource = scopes[0].removesuffix("/.default")
        token = self.tenant.token(resource, **self.claims)
        return AccessToken(token, int(time.time()) + HOUR)


def claims_of(resource: str) -> dict[str, Any]:
    """Give what Entra ID says of an application that asks for a token now."""
    now = int(time.time())
    return {
        "aud": resource,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now,
        "nbf": now,
        "exp": now + HOUR,
        "oid": OBJECT,
        "tid": TENANT,
    }
