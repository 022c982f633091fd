"""Certificates, which older versions have: the account has none, and can be given none."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items


def list_certificates(call: Call) -> Response:
    """Answer with an empty list: the emulator has no certificates."""
    return answer_items(call, [], {}, "certificates")


def no_certificate(call: Call) -> Response:
    """Answer 404: the emulator has no certificates."""
    raise BatchError("CertificateNotFound")
