"""Check whether the containers can be used, and whether nodes can reach their blobs."""

from __future__ import annotations

from datetime import datetime

from batchff.cloud.management.account import StorageAccount
from batchff.cloud.storage import Storage
from batchff.model.duration import duration_text
from batchff.model.limits import SAS_MARGIN, JobLimits
from batchff.model.pools import PoolSpec
from batchff.pipeline.doctor.check import Check, failure, ok, warning
from batchff.pipeline.job.limits import SHORTER, check_sas_life


def check_container(kind: str, container: str, storage: Storage) -> Check:
    """Check whether a container exists, and who made it; a submit makes one that doesn't."""
    name = f"container: {kind}"
    found = storage.container(container)
    if found is None:
        return ok(name, f"{container} isn't there yet; it's made when it's needed")
    if found.batchff:
        return ok(name, f"{container}, made by batchff")
    return warning(
        name,
        f"{container} is there, and batchff didn't make it: it is used, and never removed",
        f"or take another: batchff profile set NAME {kind}_container=CONTAINER",
    )


def check_sas(
    container: str,
    spec: PoolSpec,
    limits: JobLimits,
    storage: Storage,
    account: StorageAccount | None,
    now: datetime,
) -> Check:
    """Make a SAS as a job's tasks have one, good for as long as the job can take.

    With Entra ID that takes a user delegation key of the service. `account` is None where its
    policy isn't known. Raises BatchffError for a SAS that can't be had.
    """
    if spec.identity:
        return ok("SAS", "none is needed: the nodes have an identity")
    check_sas_life(limits, storage.longest_sas)
    storage.write_url(container, expiry=limits.sas_expiry(now))
    needed = limits.worst_case + SAS_MARGIN
    period = account.sas_period if account else None
    if account and period is not None and needed > period:
        message = (
            f"a job may take {duration_text(limits.worst_case)}, and the storage account's policy "
            f"wants no SAS of more than {duration_text(period)}"
        )
        found = failure if account.sas_blocked else warning
        return found("SAS", message, SHORTER)
    return ok("SAS", f"good for the {duration_text(needed)} that a job may take")
