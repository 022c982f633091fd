"""Run all checks in order, and leave out those of a service that refuses the sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from batchff.cloud.batch import Batch
from batchff.cloud.management.account import BatchAccount, Permission, StorageAccount, VmSize
from batchff.cloud.management.client import Management
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.limits import JobLimits
from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.model.states import JobState
from batchff.pipeline.doctor.blobs import check_container, check_sas
from batchff.pipeline.doctor.check import Check, Examination, failure, ok, warning
from batchff.pipeline.doctor.ffmpeg import check_bundled, check_ffmpeg, check_gpu
from batchff.pipeline.doctor.machine import check_disk, check_encoders
from batchff.pipeline.doctor.nodes import (
    check_image,
    check_specification,
    check_subnet,
    check_vm_size,
)
from batchff.pipeline.doctor.quotas import check_cores, check_counts
from batchff.pipeline.doctor.roles import check_role
from batchff.pipeline.doctor.services import Service, check_clock, check_sign_in, sign_in_name

Client = TypeVar("Client", Batch, Storage)


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the account. Each part is opened when it's called, or raises BatchffError.

    `batch` and `storage` give None where the emulator would be started for it. `management` gives
    None for an account that isn't Azure's.
    """

    batch: Callable[[], tuple[Service, Batch] | None]
    storage: Callable[[], tuple[Service, Storage] | None]
    management: Callable[[], tuple[Management, BatchAccount] | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the doctor examines."""

    access: Access
    spec: Callable[[], PoolSpec]
    limits: Callable[[], JobLimits]
    containers: Mapping[str, str]
    recipes: tuple[Recipe, ...]
    downloads: Path
    emulator: Path | None
    """The emulator's root, where the nodes are its own."""
    ffmpeg_container: str
    nodes_here: bool = False
    """Whether the nodes are an emulator's on this machine, whoever started it."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class Account:
    """What the management plane says of an account; `unread` says why it can't be read."""

    unread: Check | None = None
    batch: BatchAccount | None = None
    storage: StorageAccount | None = None
    sizes: Mapping[str, VmSize] | None = None
    management: Management | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The services of an account that could be opened, whether they accept the sign-in or not."""

    batch: tuple[Service, Batch] | None
    storage: tuple[Service, Storage] | None
    account: Account


def examine_access(access: Access, examination: Examination) -> Opened:
    """Check that the services answer, accept the sign-in, and allow what a submit does."""
    batch = _sign_in("Batch", access.batch, examination)
    storage = _sign_in("storage", access.storage, examination)
    services = [opened[0] for opened in (batch, storage) if opened]
    if services:
        examination.run("clock", lambda: check_clock(services))
    account = _look_at_account(access, storage, examination)
    for service in services:
        if service.lets_in or service.refusal:
            examination.run(f"role: {service.name}", partial(_check_role, service, account))
    return Opened(batch, storage, account)


def examine(subject: Subject, examination: Examination) -> None:
    """Run all checks that can be run, for a profile that could be read."""
    opened = examine_access(subject.access, examination)
    batch, storage, account = opened.batch, opened.storage, opened.account
    if account.unread:
        examination.add(account.unread)
    spec = _spec(subject, examination)
    if account.batch and spec:
        found, sizes = account.batch, account.sizes or {}
        examination.run("quota: cores", lambda: check_cores(found, spec, sizes))
    if batch and batch[0].lets_in:
        _examine_batch(batch[1], spec, account, subject, examination)
    if spec:
        location = account.batch.location if account.batch else ""
        size = partial(check_vm_size, spec, account.sizes, location, subject.now)
        examination.run("VM size", size)
        examination.run("pool", lambda: check_specification(spec))
        here = subject.nodes_here
        examination.run("GPU", lambda: check_gpu(subject.recipes, spec, nodes_here=here))
        if spec.ffmpeg != FfmpegSource.BUNDLED:
            examination.run("ffmpeg", lambda: check_ffmpeg(spec, nodes_here=here))
    if storage and storage[0].lets_in and spec:
        _examine_storage(storage[1], spec, account, subject, examination)
    bundled = spec is not None and spec.ffmpeg == FfmpegSource.BUNDLED
    examination.run(
        "encoders",
        lambda: check_encoders(subject.recipes, emulated=subject.nodes_here, bundled=bundled),
    )
    examine_machine(subject.downloads, subject.emulator, examination)


def examine_machine(downloads: Path, emulator: Path | None, examination: Examination) -> None:
    """Run the checks that need no service and no profile."""
    examination.run("disk: downloads", lambda: check_disk("downloads", downloads))
    if emulator is not None:
        examination.run("disk: emulator", lambda: check_disk("emulator", emulator))


def _sign_in(
    name: str,
    open_service: Callable[[], tuple[Service, Client] | None],
    examination: Examination,
) -> tuple[Service, Client] | None:
    try:
        opened = open_service()
    except BatchffError as error:
        examination.add(failure(sign_in_name(name), error.message, error.hint))
        return None
    if opened is None:
        waits = "the emulator on this machine, which isn't running: a submit would start it"
        examination.add(ok(sign_in_name(name), waits))
        return None
    examination.run(sign_in_name(name), lambda: check_sign_in(opened[0]))
    return opened


def _look_at_account(
    access: Access, storage: tuple[Service, Storage] | None, examination: Examination
) -> Account:
    """Ask the management plane for all that the checks after this one need of it."""
    account = Account()
    try:
        opened = examination.attempt(access.management)
        if opened is None:
            account.unread = ok("quota", "none to read: the Batch account isn't Azure's")
            return account
        account.management, account.batch = opened
        management, batch = opened
        account.sizes = examination.attempt(
            lambda: {size.name.lower(): size for size in management.vm_sizes(batch)}
        )
        if storage:
            name = storage[1].account
            account.storage = examination.attempt(lambda: management.storage_account(name, batch))
    except BatchffError as error:
        what = "the account's settings" if account.batch else "quotas"
        account.unread = warning("quota", f"{what} aren't read: {error.message}", error.hint)
    return account


def _check_role(service: Service, account: Account) -> Check:
    resource = account.batch if service.name == "Batch" else account.storage
    permissions: list[Permission] | None = None
    if account.management and resource:
        permissions = account.management.permissions(resource.id)
    return check_role(service, permissions)


def _spec(subject: Subject, examination: Examination) -> PoolSpec | None:
    try:
        return subject.spec()
    except BatchffError as error:
        examination.add(failure("pool", error.message, error.hint))
        return None


def _examine_batch(
    batch: Batch,
    spec: PoolSpec | None,
    account: Account,
    subject: Subject,
    examination: Examination,
) -> None:
    if account.batch:
        found = account.batch

        def counts() -> list[Check]:
            active = sum(job.state == JobState.ACTIVE for job in batch.jobs.all())
            return check_counts(found, sum(1 for _ in batch.pools.all()), active)

        examination.run("quota: pools", counts)
    if spec:
        examination.run("image", lambda: check_image(spec, batch.pools.images(), subject.now))
    if spec and spec.subnet:
        examination.run("subnet", lambda: check_subnet(spec, batch))


def _examine_storage(
    storage: Storage,
    spec: PoolSpec,
    account: Account,
    subject: Subject,
    examination: Examination,
) -> None:
    for kind, container in subject.containers.items():
        look = partial(check_container, kind, container, storage)
        examination.run(f"container: {kind}", look)
    output = subject.containers["output"]
    examination.run(
        "SAS",
        lambda: check_sas(output, spec, subject.limits(), storage, account.storage, subject.now),
    )
    if spec.ffmpeg == FfmpegSource.BUNDLED:
        programs = subject.ffmpeg_container
        examination.run("ffmpeg", lambda: check_bundled(spec, programs, storage))
