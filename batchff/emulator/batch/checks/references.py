"""What requests refer to outside of the account: networks, applications, certificates.

The emulator has none of these, so that whatever is named doesn't exist.
"""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.model import Document

_SUBSCRIPTION = "e0000000-0000-4000-8000-000000000000"
"""Nobody's: that of the emulator's account."""


def check_references(body: Document) -> None:
    """Refuse a pool, or a change of one, that refers to what isn't there."""
    check_network(body)
    packages = {
        each["applicationId"]: "The specified application package does not exist."
        for each in body.get("applicationPackageReferences", ())
    }
    if packages:
        raise BatchError("InvalidApplicationPackageReferences", packages)
    certificates = {
        each["thumbprint"]: "The specified certificate does not exist."
        for each in body.get("certificateReferences", ())
    }
    if certificates:
        raise BatchError("InvalidCertificateReferences", certificates)


def check_network(body: Document) -> None:
    """Refuse a pool or job in a subnet."""
    subnet = body.get("networkConfiguration", {}).get("subnetId")
    if subnet is not None:
        reason = (
            "The specified subnetId is in a different subscription and cannot be used with the"
            f" current Batch account in subscription {_SUBSCRIPTION}"
        )
        raise bad_property("subnetId", subnet, reason)
