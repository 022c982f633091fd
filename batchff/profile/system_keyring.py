"""Secrets in the system's keyring, by the package `keyring`, which is an extra of batchff.

An entry's service is `batchff`, its user `<profile>/<key>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from batchff.errors import ProfileError

IN_KEYRING = "keyring"
"""What the file has in a secret's place; no key or connection string can be that."""

_SERVICE = "batchff"


def read_secret(profile: str, key: str) -> str:
    """Return a secret that the file says is in the keyring; raise ProfileError if it isn't."""
    with _keyring_errors():
        import keyring

        secret = keyring.get_password(_SERVICE, f"{profile}/{key}")
    if not secret:
        raise ProfileError(
            f"the system's keyring has no {key} of profile {profile!r}",
            hint=f"put it there: batchff profile set {profile} {key} --keyring",
        )
    return secret


def look_for_secret(profile: str, key: str) -> str | None:
    """Return a secret if there is a keyring and it has one.

    Raises ProfileError for a keyring that can't be read.
    """
    try:
        import keyring
        from keyring.errors import NoKeyringError
    except ImportError:
        return None
    with _keyring_errors():
        try:
            return keyring.get_password(_SERVICE, f"{profile}/{key}") or None
        except NoKeyringError:
            return None


def store_secret(profile: str, key: str, secret: str) -> None:
    """Put a secret into the keyring; raise ProfileError where it isn't kept."""
    with _keyring_errors():
        import keyring

        user = f"{profile}/{key}"
        keyring.set_password(_SERVICE, user, secret)
        # One of keyring's backends takes everything and keeps nothing.
        if keyring.get_password(_SERVICE, user) != secret:
            raise ProfileError(
                "the system's keyring doesn't keep what is put there",
                hint="see which one is used: python -m keyring diagnose",
            )


def forget_secret(profile: str, key: str) -> None:
    """Take a secret out of the keyring; one that isn't there is fine."""
    with _keyring_errors():
        import keyring

        user = f"{profile}/{key}"
        if keyring.get_password(_SERVICE, user) is not None:
            keyring.delete_password(_SERVICE, user)


@contextmanager
def _keyring_errors() -> Iterator[None]:
    try:
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError as error:
        raise ProfileError(
            "the package that reads the system's keyring isn't installed",
            hint="install it: pip install 'batchff[keyring]'",
        ) from error
    try:
        yield
    except NoKeyringError as error:
        raise ProfileError(
            "this machine has no keyring that can be used",
            hint="see what is missing: python -m keyring diagnose; or give the key by "
            "the environment",
        ) from error
    except KeyringError as error:
        raise ProfileError(f"the system's keyring: {str(error) or type(error).__name__}") from error
