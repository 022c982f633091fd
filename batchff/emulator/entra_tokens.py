"""Tokens of Entra ID, as "Access tokens in the Microsoft identity platform" describes them.

Who may sign them is a single key, given to the emulator at its start. A token is a secret: it is
in no message and in no log.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchff.emulator.errors import EmulatorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_LEEWAY_SECONDS = 60
_CLAIMS = ("aud", "iss", "exp", "nbf", "oid")
_ISSUER = re.compile(
    r"https://sts\.windows\.net/(?P<v1>[\w-]+)/"
    r"|https://login\.microsoftonline\.com/(?P<v2>[\w-]+)/v2\.0",
    re.ASCII,
)
_LEAST_BITS = 2048
_TENANT = "00000000-0000-0000-0000-000000000001"
_OBJECT = "00000000-0000-0000-0000-000000000002"
"""Whom tokens are for that are signed here: all may do everything anyway."""

RESOURCES = {"batch": "https://batch.core.windows.net/", "storage": "https://storage.azure.com/"}
"""What tokens can be for here, by a short name."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a token is for: the ids of a user or application and of its tenant."""

    object_id: str
    tenant_id: str


class TokenRefused(Exception):
    """A token that isn't valid; the message says why and holds nothing of the token."""


class Tokens:
    """Reads tokens that one key has signed."""

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    def principal(self, token: str, resource: str, now: datetime) -> Principal:
        """Tell whom a token is for. Raises TokenRefused.

        `resource` is the URL of what it must be for, without a slash at its end.
        """
        claims = self._claims(token, resource)
        times = claims["nbf"], claims["exp"]
        if not all(type(time) in (int, float) for time in times):
            raise TokenRefused("Lifetime validation failed. The token's times are no numbers.")
        begins, ends = times
        if not now.timestamp() < ends + _LEEWAY_SECONDS:
            raise TokenRefused("Lifetime validation failed. The token is expired.")
        if not begins - _LEEWAY_SECONDS <= now.timestamp():
            raise TokenRefused("Lifetime validation failed. The token is not valid yet.")
        issuer = _ISSUER.fullmatch(str(claims["iss"]))
        if issuer is None:
            raise TokenRefused("Issuer validation failed. Issuer did not match.")
        return Principal(str(claims["oid"]), issuer["v1"] or issuer["v2"])

    def _claims(self, token: str, resource: str) -> dict[str, Any]:
        import jwt

        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=["RS256"],
                audience=[resource, f"{resource}/"],
                options={
                    "require": list(_CLAIMS),
                    # Compared by the emulator's clock, not by PyJWT's.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidAudienceError:
            raise TokenRefused("Audience validation failed. Audience did not match.") from None
        except jwt.MissingRequiredClaimError as error:
            raise TokenRefused(f"The token has no '{error.claim}'.") from None
        except (jwt.InvalidTokenError, RecursionError):  # JSON can be nested too deep to be read
            raise TokenRefused(
                "Signature validation failed. The token is malformed, or not signed with RS256 by"
                " the emulator's token key."
            ) from None
        return claims


def read_tokens(path: Path) -> Tokens:
    """Make the reader of tokens that the key in a PEM file signs.

    Its private half does as well. Raises EmulatorError where the file isn't an RSA key of 2048 bits
    or more.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        content = path.read_bytes()
        is_private = b"PRIVATE KEY" in content
        key = _private_key(path).public_key() if is_private else load_pem_public_key(content)
    except OSError as error:
        raise EmulatorError(f"The token key {path} can't be read: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise EmulatorError(f"The token key {path} is not the PEM file of a public key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise EmulatorError(f"The token key {path} is not an RSA key of {_LEAST_BITS} bits or more")
    return Tokens(key)


def sign_token(path: Path, resource: str, begins: datetime, lifetime: timedelta) -> str:
    """Return a token for a resource, signed by the private key in a PEM file.

    Raises EmulatorError where the file isn't such a key.
    """
    import jwt

    begin = int(begins.timestamp())
    claims = {
        "aud": resource,
        "iss": f"https://sts.windows.net/{_TENANT}/",
        "iat": begin,
        "nbf": begin,
        "exp": begin + int(lifetime.total_seconds()),
        "oid": _OBJECT,
        "tid": _TENANT,
    }
    return jwt.encode(claims, _private_key(path), "RS256")


def make_key(path: Path) -> None:
    """Make a key that signs tokens, in a PEM file that only its owner can read.

    Raises EmulatorError where it can't be written; a file that is there isn't replaced.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=_LEAST_BITS)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise EmulatorError(f"The token key {path} can't be made: {error.strerror}") from None


def _private_key(path: Path) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise EmulatorError(f"The token key {path} can't be read: {error.strerror}") from None
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise EmulatorError(
            f"The token key {path} is not the PEM file of a private key without a password"
        ) from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise EmulatorError(f"The token key {path} is not an RSA key of {_LEAST_BITS} bits or more")
    return key
