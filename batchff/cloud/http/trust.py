"""The authorities whose certificates are trusted, the same as in Azure's packages."""

from __future__ import annotations

import os
import ssl

from batchff.errors import BatchffError

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def authorities() -> str:
    """Return the file or the folder that holds the certificates of the trusted authorities."""
    import certifi  # not needed without TLS

    named = next((given for name in _VARIABLES if (given := os.environ.get(name))), None)
    return named or certifi.where()


def trust() -> ssl.SSLContext:
    """Return what checks the other side's certificate.

    Raises BatchffError, with the variable's name, where the authorities can't be read.
    """
    path = authorities()
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        named = next((name for name in _VARIABLES if os.environ.get(name)), None)
        raise BatchffError(
            f"the trusted certificate authorities can't be read from {path}: {error.strerror}",
            hint=f"correct {named} in the environment" if named else "install certifi again",
        ) from error
