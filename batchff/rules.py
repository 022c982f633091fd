"""What the values of settings may be: one rule for options, the environment and profiles.

A check raises UsageError that says what is wrong with a value, and what would be right. Whether
values go together is checked in `pipeline.pool.spec` and `pipeline.job.limits`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from batchff.errors import UsageError
from batchff.model.duration import duration_text, parse_duration
from batchff.model.node_ffmpeg import FfmpegSource

AUTO = "auto"
"""The name of an image that means the newest Ubuntu LTS that the service supports."""


FFMPEG_SOURCES = (FfmpegSource.BUNDLED, FfmpegSource.IMAGE, FfmpegSource.APT)
"""What `--ffmpeg` takes beside a URL."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The whole numbers that a setting may be, both ends included; `most` is None for no end."""

    least: int
    most: int | None = None

    def __contains__(self, number: int) -> bool:
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        return f"{self.least} or more" if self.most is None else f"from {self.least} to {self.most}"


NODES = Bounds(0)
RETRIES = Bounds(0, 10)
# By the Batch service's REST API, Job - Add and Pool - Add.
PRIORITIES = Bounds(-1000, 1000)
MOST_SLOTS = 256
SLOTS = Bounds(1, MOST_SLOTS)

# "The maximum lifetime of a task from addition to completion is 180 days" (Task - Add).
LONGEST_LIFE = timedelta(days=180)
_SHORTEST = timedelta(minutes=1)

# Patterns are compiled when the first value is checked: most commands check none.
_ENDPOINT = (
    r"(?ai)(https?://)?(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:[0-9]{1,5})?(/[^\s?#]*)?"
)
# "Naming and referencing containers, blobs, and metadata".
_CONTAINER = r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*"
_IMAGE = r"(?a)[\w.-]+(:[\w.-]+){2,3}"
# As Docker writes a reference: perhaps a registry, a path in lower case, perhaps tag and digest.
_CONTAINER_IMAGE = (
    r"(?a)([\w.-]+(:\d+)?/)?[a-z0-9._-]+(/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?"
)
_GROUP = r"(?ai)/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/\s]+/providers/"
_SUBNET = rf"{_GROUP}Microsoft\.Network/virtualNetworks/[\w.-]+/subnets/[\w.-]+"
_IDENTITY = rf"{_GROUP}Microsoft\.ManagedIdentity/userAssignedIdentities/[\w.-]+"
_SHA256 = r"(?i)[0-9a-f]{64}"
_OTHER_ARCHIVES = (".zip", ".7z", ".tar.bz2", ".deb", ".rpm")


def check_limit(duration: timedelta) -> None:
    """Refuse how long a job's tasks may wait or run."""
    if duration < _SHORTEST:
        raise UsageError(
            f"{duration_text(duration)} is too short for any job",
            hint="a number alone counts seconds; write 30m, 24h or 3d",
        )
    if duration > LONGEST_LIFE:
        raise UsageError(f"{duration_text(duration)} is too long: Azure Batch keeps a task 180d")


def check_written_limit(text: str) -> None:
    """Refuse such a limit, or what is no duration at all."""
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    check_limit(duration)


def check_endpoint(text: str) -> None:
    """Refuse what is no service's address."""
    if not re.fullmatch(_ENDPOINT, text):
        raise UsageError(
            f"{text!r} is no service's address",
            hint="as in https://mybatch.westeurope.batch.azure.com",
        )


def check_container(name: str) -> None:
    """Refuse what no blob container can be called."""
    if not re.fullmatch(_CONTAINER, name):
        raise UsageError(
            f"{name!r} is no container's name",
            hint="it's 3 to 63 lower-case letters, digits and single hyphens between them",
        )


def check_vm_size(name: str) -> None:
    """Refuse what isn't written as VM sizes are."""
    from batchff.model.vm_sizes import is_vm_size  # it has patterns, too

    if not is_vm_size(name):
        near = f"Standard_{name}"
        raise UsageError(
            f"{name!r} is no VM size",
            hint=f"did you mean {near}?" if is_vm_size(near) else "as in Standard_D4s_v5",
        )


def check_image(name: str) -> None:
    """Refuse what is neither `auto` nor written as an image is, perhaps with its version."""
    if name.lower() != AUTO and not re.fullmatch(_IMAGE, name):
        raise UsageError(
            f"{name!r} is no image", hint="write auto, or an image as publisher:offer:sku"
        )


def check_container_image(name: str) -> None:
    """Refuse what no container image can be called."""
    if not re.fullmatch(_CONTAINER_IMAGE, name):
        raise UsageError(
            f"{name!r} is no container image", hint="as in myregistry.azurecr.io/ffmpeg:7.1"
        )


def check_subnet(resource: str) -> None:
    """Refuse what is no resource id of a subnet."""
    _check_id(_SUBNET, resource, "subnet", "Microsoft.Network/virtualNetworks/VNET/subnets/SUBNET")


def check_identity(resource: str) -> None:
    """Refuse what is no resource id of a user-assigned identity."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities/NAME"
    _check_id(_IDENTITY, resource, "user-assigned identity", kind)


def _check_id(form: str, resource: str, what: str, kind: str) -> None:
    if not re.fullmatch(form, resource):
        raise UsageError(
            f"{resource!r} is no resource id of a {what}",
            hint=f"as in /subscriptions/ID/resourceGroups/GROUP/providers/{kind}",
        )


def check_ffmpeg(text: str) -> None:
    """Refuse what is neither a source of ffmpeg nor a URL that may lead to a static one."""
    if text not in FFMPEG_SOURCES:
        if "://" not in text:
            raise UsageError(
                f"{text!r} is no ffmpeg for nodes",
                hint=f"it's {', '.join(FFMPEG_SOURCES)}, or the URL of a static one",
            )
        check_static_build(text)


def check_static_build(url: str) -> None:
    """Refuse a URL that can't lead to a static ffmpeg."""
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or len(parts.path) < 2
        or parts.path.lower().endswith(_OTHER_ARCHIVES)
    ):
        raise UsageError(
            f"{url!r} doesn't lead to a static ffmpeg",
            hint="it's the URL of a .tar.xz, a .tar.gz or the program itself",
        )


def check_sha256(text: str) -> None:
    """Refuse what is no SHA-256."""
    if not re.fullmatch(_SHA256, text):
        raise UsageError(f"{text!r} is no SHA-256: 64 hexadecimal digits")
