"""HTTPS: the services' certificate, and the authorities that nodes trust."""

from __future__ import annotations

import os
import ssl
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from batchff.emulator.errors import EmulatorError
from batchff.emulator.options import TlsFiles


def check_tls(files: TlsFiles, host: str, now: datetime) -> None:
    """Raise EmulatorError unless the two files go together, for this address and this time."""
    from cryptography import x509

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            files.certificate,
            files.key,
            password="",  # or one that is wanted would be asked for on the terminal
        )
        certificate = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
    except ssl.SSLError as error:
        raise EmulatorError(
            f"{files.certificate} and {files.key} aren't a certificate and its key: {error.reason}",
            "Both must be PEM files, and the key without a password.",
        ) from None
    except OSError as error:
        raise EmulatorError(
            f"The certificate {files.certificate} or its key {files.key} can't be read: "
            f"{error.strerror}"
        ) from None
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now <= end:
        said = (
            f"expired on {end:%Y-%m-%d %H:%M}Z" if now > end else f"begins {begin:%Y-%m-%d %H:%M}Z"
        )
        raise EmulatorError(
            f"The certificate {files.certificate} {said}; no client would believe it",
            "Make a new one, or set this machine's clock.",
        )
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = names.get_values_for_type(x509.IPAddress)
    except x509.ExtensionNotFound:
        addresses = []
    if ip_address(host) not in addresses:
        raise EmulatorError(
            f"The certificate {files.certificate} is not for {host}",
            f"Make one with the alternative name IP:{host}.",
        )


def service_trust(certificate: Path) -> ssl.SSLContext:
    """Return what believes the emulator's own services alone. Raises OSError."""
    context = ssl.create_default_context(cafile=certificate)
    # The certificate itself is enough: its authority's may be anywhere.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def node_trust(certificate: Path | None) -> ssl.SSLContext | None:
    """Return what believes the system's authorities, those of the environment and the emulator.

    The environment's are SSL_CERT_FILE and SSL_CERT_DIR, in place of the system's, and
    REQUESTS_CA_BUNDLE beside them. None where the system's are all, which are read when they are
    needed then. Raises EmulatorError where the bundle can't be read.
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if certificate is None and not bundle:
        return None
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if certificate is not None:
        context.load_verify_locations(certificate)
    if bundle:
        try:
            if os.path.isdir(bundle):
                context.load_verify_locations(capath=bundle)
            else:
                context.load_verify_locations(bundle)
        except OSError as error:
            raise EmulatorError(
                f"REQUESTS_CA_BUNDLE is {bundle}, which can't be read: {error.strerror}"
            ) from None
    return context
