"""Which tokens of Entra ID hold."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from batchff.emulator.entra_tokens import Principal, TokenRefused, Tokens, read_tokens
from batchff.emulator.errors import EmulatorError
from tests.emulator.entra import BATCH, HOUR, OBJECT, STORAGE, TENANT, Tenant, claims_of

NOW = datetime.now(UTC)
V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"


@pytest.fixture(scope="module")
def tokens(tenant: Tenant) -> Tokens:
    return read_tokens(tenant.public_key)


@pytest.mark.parametrize("audience", [BATCH, BATCH.rstrip("/"), ["https://other/", BATCH]])
@pytest.mark.parametrize("issuer", [f"https://sts.windows.net/{TENANT}/", V2])
def test_a_token_tells_whom_it_is_for(
    tokens: Tokens, tenant: Tenant, audience: Any, issuer: str
) -> None:
    token = tenant.token(BATCH, aud=audience, iss=issuer)

    assert tokens.principal(token, BATCH.rstrip("/"), datetime.now(UTC)) == Principal(
        OBJECT, TENANT
    )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": int(time.time()) - 61}, "expired"),
    "early": ({"nbf": int(time.time()) + 24 * HOUR}, "not valid yet"),
    "for storage": ({"aud": STORAGE}, "Audience"),
    "for the account": ({"aud": "https://batch.core.windows.net/x"}, "Audience"),
    "of another issuer": ({"iss": "https://login.example/tenant/v2.0"}, "Issuer"),
    "of nobody's tenant": ({"iss": "https://sts.windows.net//"}, "Issuer"),
    "of a tenant with a slash": ({"iss": "https://sts.windows.net/a/b/"}, "Issuer"),
    "without end": ({"exp": None}, "no 'exp'"),
    "without beginning": ({"nbf": None}, "no 'nbf'"),
    "without audience": ({"aud": None}, "no 'aud'"),
    "without issuer": ({"iss": None}, "no 'iss'"),
    "for nobody": ({"oid": None}, "no 'oid'"),
    "with a time in words": ({"exp": "tomorrow"}, "no numbers"),
    "with a time that is none": ({"exp": float("nan")}, "expired"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_does_not_hold_is_refused_with_the_reason(
    tokens: Tokens, tenant: Tenant, name: str
) -> None:
    claims, reason = WRONG[name]

    with pytest.raises(TokenRefused, match=reason):
        tokens.principal(tenant.token(BATCH, **claims), BATCH.rstrip("/"), datetime.now(UTC))


def test_clocks_may_differ_by_a_minute(tokens: Tokens, tenant: Tenant) -> None:
    token = tenant.token(BATCH, nbf=NOW.timestamp(), exp=NOW.timestamp() + 10)

    for seconds in (-59, 69):
        tokens.principal(token, BATCH.rstrip("/"), NOW + timedelta(seconds=seconds))
    for seconds in (-61, 71):
        with pytest.raises(TokenRefused):
            tokens.principal(token, BATCH.rstrip("/"), NOW + timedelta(seconds=seconds))


def forged(tenant: Tenant, tmp_path: Path) -> Iterator[str]:
    """Tokens that say all the right things and aren't signed by the tenant with RS256."""
    claims = claims_of(BATCH)
    yield Tenant(tmp_path).token(BATCH)
    unsigned = jwt.encode(claims, "", "none")
    yield unsigned
    yield f"{unsigned}{tenant.token(BATCH).rpartition('.')[2]}"
    yield jwt.encode(claims, "s" * 64, "HS256")
    yield tenant.token(BATCH, algorithm="PS256")
    yield tenant.token(BATCH, algorithm="RS512")
    head, _, signature = tenant.token(BATCH, exp=1).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    yield f"{head}.{body}.{signature}"
    yield f"{base64.urlsafe_b64encode(b'[' * 30_000).decode()}.{body}.{signature}"
    yield from ("", ".", "..", "a.b.c", "é.é.é", "e30.e30.", "null.null.null")


def test_only_the_tenants_own_signature_counts(
    tokens: Tokens, tenant: Tenant, tmp_path: Path
) -> None:
    for token in forged(tenant, tmp_path):
        with pytest.raises(TokenRefused) as refusal:
            tokens.principal(token, BATCH.rstrip("/"), datetime.now(UTC))
        assert len(token) < 8 or token not in str(refusal.value)


def test_a_public_key_used_as_a_secret_opens_nothing(tokens: Tokens, tenant: Tenant) -> None:
    secret = tenant.public_key.read_bytes()
    unsigned = jwt.encode(claims_of(BATCH), "x" * 32, "HS256").rpartition(".")[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(algorithm.sign(unsigned.encode(), secret))

    with pytest.raises(TokenRefused, match="Signature"):
        tokens.principal(
            f"{unsigned}.{signature.decode().rstrip('=')}", BATCH.rstrip("/"), datetime.now(UTC)
        )


@pytest.mark.parametrize("kind", ["missing", "text", "private", "elliptic", "short"])
def test_a_token_key_that_cannot_be_one_is_told(tenant: Tenant, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "key.pem"
    if kind == "text":
        file.write_text("a key")
    elif kind == "elliptic":
        file.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
    elif kind == "short":
        file.write_bytes(_pem(rsa.generate_private_key(65537, 1024)))
    elif kind == "private":
        file.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(EmulatorError, match="token key"):
        read_tokens(file)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
