"""Check whether the account's quotas have room for the pool and the job.

Their names are those of "Batch service quotas and limits".
"""

from __future__ import annotations

from collections.abc import Mapping

from batchff.cloud.management.account import BatchAccount, VmSize
from batchff.model.pools import PoolSpec
from batchff.model.vm_sizes import cores_of
from batchff.pipeline.doctor.check import Check, failure, ok, warning

_ASK = "ask for more in the portal: the Batch account, Quotas; or take another VM size"


def check_cores(account: BatchAccount, spec: PoolSpec, sizes: Mapping[str, VmSize]) -> list[Check]:
    """Compare the cores that the pool's nodes have with what the account may have of each kind."""
    size = sizes.get(spec.vm_size.lower())
    cores = size.cores if size else cores_of(spec.vm_size)
    if cores is None:
        return [
            warning(
                "quota: cores", f"not checked: {spec.vm_size} doesn't say how many cores it has"
            )
        ]
    checks = []
    kind, quota = _dedicated(account, size)
    if spec.nodes:
        checks.append(_compare(kind, spec.nodes, cores, quota))
    if spec.spot:
        checks.append(_compare("Spot cores", spec.spot, cores, account.spot_cores))
    if spec.spot and spec.fallback and quota is not None and quota < (spec.nodes + 1) * cores:
        message = f"no dedicated node can take over for a Spot node: the quota is {quota} {kind}"
        checks.append(warning("quota: fallback", message, _ASK))
    return checks


def check_counts(account: BatchAccount, pools: int, jobs: int) -> list[Check]:
    """Check whether the account has room for one more pool and one more active job."""
    return [
        _room("pools", pools, account.pools, "remove what isn't needed: batchff cleanup --pool"),
        _room(
            "active jobs",
            jobs,
            account.active_jobs,
            "end jobs that nobody ended: batchff job list, batchff job stop",
        ),
    ]


def _dedicated(account: BatchAccount, size: VmSize | None) -> tuple[str, int | None]:
    if account.family_quotas is None or size is None:
        return "cores", account.dedicated_cores
    families = {name.lower(): quota for name, quota in account.family_quotas.items()}
    return f"cores of {size.family}", families.get(size.family.lower(), 0)


def _compare(kind: str, nodes: int, cores: int, quota: int | None) -> Check:
    name = "quota: Spot cores" if kind.startswith("Spot") else "quota: cores"
    needed = f"{nodes} × {cores} = {nodes * cores} {kind}"
    if quota is None:
        return warning(
            name,
            f"{needed} are needed; the quota is your subscription's own, and isn't read",
            "see it: az vm list-usage --location LOCATION",
        )
    if quota >= nodes * cores:
        return ok(name, f"{needed} of {quota}")
    if quota < cores:
        return failure(name, f"{needed} are needed, and the quota is {quota}: no node comes", _ASK)
    return warning(
        name, f"{needed} are needed, and the quota is {quota}: {quota // cores} nodes come", _ASK
    )


def _room(kind: str, count: int, quota: int | None, advice: str) -> Check:
    name = f"quota: {kind}"
    if quota is None:
        return warning(name, "the account doesn't say")
    if count < quota:
        return ok(name, f"{count} of {quota}")
    return failure(name, f"{count} of {quota}: there is no room for another", advice)
