"""A profile's services, opened for `doctor` and `init` to examine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.cloud.sign_in.identity import Identities
    from batchff.cloud.storage import Storage
    from batchff.pipeline.doctor import Service
    from batchff.profile import Profile


def examined_batch(profile: Profile, identities: Identities) -> tuple[Service, Batch]:
    """Open the Batch account; `read` lists its jobs, which shows that the credentials work.

    Raises ProfileError where a setting is missing.
    """
    from batchff.cloud.credentials import credential_used, open_batch, signs_in_by_key
    from batchff.pipeline.doctor import Service
    from batchff.profile.keys import with_scheme

    batch = open_batch(profile, identities)
    service = Service(
        name="Batch",
        endpoint=with_scheme(profile.require("batch_endpoint")),
        read=lambda: next(batch.jobs.all(), None),
        credential=lambda: credential_used(profile, "batch", identities),
        by_key=signs_in_by_key(profile, "batch"),
    )
    return service, batch


def examined_storage(profile: Profile, identities: Identities) -> tuple[Service, Storage]:
    """Open the storage account; `read` looks for the input container, which shows the same.

    Raises ProfileError where a setting is missing.
    """
    from batchff.cloud.credentials import credential_used, open_storage, signs_in_by_key
    from batchff.pipeline.doctor import Service

    storage = open_storage(profile, identities)
    container = profile.require("input_container")
    service = Service(
        name="storage",
        endpoint=storage.url("").rstrip("/"),
        read=lambda: storage.container(container),
        credential=lambda: credential_used(profile, "storage", identities),
        by_key=signs_in_by_key(profile, "storage"),
    )
    return service, storage
