"""The settings that a profile may hold."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from batchff.errors import ProfileError, UsageError
from batchff.rules import (
    AUTO,
    NODES,
    PRIORITIES,
    RETRIES,
    SLOTS,
    Bounds,
    check_container,
    check_container_image,
    check_endpoint,
    check_ffmpeg,
    check_identity,
    check_image,
    check_sha256,
    check_static_build,
    check_subnet,
    check_vm_size,
    check_written_limit,
)

LOCAL = "local"
"""The built-in profile: the emulator on this machine."""

PRICES, SPOT_PRICES = "prices", "spot_prices"
"""The tables of what a dedicated and a Spot node costs for an hour, by VM size."""

Service = Literal["batch", "storage"]
Value = str | int | float

AUTH = (
    "entra",
    "azure-cli",
    "managed-identity",
    "workload-identity",
    "service-principal",
    "key",
)
"""The ways to sign in; `entra` is azure-identity's default chain, which tries them all but keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """A setting that a profile may hold: its name, default and kind."""

    name: str
    default: str | int | None = None
    secret: bool = False
    service: Service | None = None
    az_name: str | None = None
    is_amount: bool = False
    choices: tuple[str, ...] = ()
    bounds: Bounds | None = None
    """Those of a whole number; None for what isn't one."""
    check: Callable[[str], None] | None = None
    """Raises UsageError for a text that it can't be."""
    help: str = ""
    """What the command line's option of this name does; without it there is none."""
    metavar: str = ""
    option_bounds: Bounds | None = None
    """Those of the option, where it takes fewer numbers than the file."""

    @property
    def environment_name(self) -> str:
        """The environment variable that gives this setting."""
        return "BATCHFF_" + self.name.replace(".", "_").upper()


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("auth", choices=AUTH),
        Key("storage_auth", choices=AUTH),
        Key("tenant_id"),
        Key("client_id"),
        Key("subscription", az_name="AZURE_SUBSCRIPTION_ID"),
        Key("resource_group"),
        Key("management_endpoint", check=check_endpoint),
        Key("batch_account", service="batch", az_name="AZURE_BATCH_ACCOUNT"),
        Key(
            "batch_endpoint", service="batch", az_name="AZURE_BATCH_ENDPOINT", check=check_endpoint
        ),
        Key("batch_key", secret=True, service="batch", az_name="AZURE_BATCH_ACCESS_KEY"),
        Key("storage_account", service="storage", az_name="AZURE_STORAGE_ACCOUNT"),
        Key("storage_endpoint", service="storage", check=check_endpoint),
        Key("storage_key", secret=True, service="storage", az_name="AZURE_STORAGE_KEY"),
        Key(
            "storage_connection_string",
            secret=True,
            service="storage",
            az_name="AZURE_STORAGE_CONNECTION_STRING",
        ),
        Key("input_container", default="batchff-input", check=check_container),
        Key("output_container", default="batchff-output", check=check_container),
        Key("ffmpeg_container", default="batchff-ffmpeg", check=check_container),
        Key(
            "pool.vm_size",
            default="Standard_D4s_v5",
            check=check_vm_size,
            help="The nodes' size.",
            metavar="SIZE",
        ),
        Key(
            "pool.nodes",
            default=1,
            bounds=NODES,
            help="Dedicated nodes.  [default: 1, or 0 with --spot]",
        ),
        Key("pool.spot", default=0, bounds=NODES, help="Spot nodes."),
        Key("pool.slots", default=1, bounds=SLOTS, help="Tasks on a node at a time."),
        Key(
            "pool.max_nodes",
            default=0,
            bounds=NODES,
            option_bounds=Bounds(1),
            help="The most nodes of both kinds. With more than asked for, Spot nodes can come "
            "back while dedicated nodes replace them.  [default: no more than asked for]",
        ),
        Key(
            "pool.fallback",
            default="on",
            choices=("on", "off"),
            help="Let dedicated nodes replace Spot nodes that don't come or don't stay.  "
            "[default: fallback]",
        ),
        Key(
            "pool.image",
            default=AUTO,
            check=check_image,
            help="The nodes' image, as publisher:offer:sku.  [default: auto, the newest Ubuntu "
            "LTS]",
            metavar="NAME",
        ),
        Key(
            "pool.container_image",
            check=check_container_image,
            help="Run tasks in this container image, which has ffmpeg and sh.",
            metavar="NAME",
        ),
        Key("pool.subnet", check=check_subnet, help="The nodes' subnet.", metavar="RESOURCE_ID"),
        Key("pool.identity", check=check_identity),
        Key(
            "pool.ffmpeg",
            default="bundled",
            check=check_ffmpeg,
            help="The nodes' ffmpeg: batchff's own (bundled), the image's (image), its package "
            "manager's (apt), or a static one: the URL of a .tar.xz, a .tar.gz or the program.  "
            "[default: bundled; image on the emulator, apt on ARM]",
            metavar="bundled|image|apt|URL",
        ),
        # What a static build was named by before pool.ffmpeg took URLs.
        Key("pool.ffmpeg_url", check=check_static_build),
        Key(
            "pool.ffmpeg_sha256",
            check=check_sha256,
            help="The SHA-256 of the file at the URL of --ffmpeg.",
            metavar="HEX",
        ),
        Key(
            "job.task_timeout",
            default="24h",
            check=check_written_limit,
            help="The longest one attempt at a file may take.  [default: 24h]",
            metavar="TIME",
        ),
        Key(
            "job.retries",
            default=1,
            bounds=RETRIES,
            help="Attempts after the first, where the node was at fault.  [default: 1]",
        ),
        Key(
            "job.queue_time",
            default="3d",
            check=check_written_limit,
            help="How long tasks may wait for nodes.  [default: 3d]",
            metavar="TIME",
        ),
        Key(
            "job.priority",
            default=0,
            bounds=PRIORITIES,
            help="From -1000 to 1000: jobs with more get nodes first.  [default: 0]",
        ),
        Key("prices.currency"),
        Key("prices.ask_above", is_amount=True),
    )
}
"""The settings with a name of their own; others are the prices, named by VM sizes."""


def find_key(name: str, where: str = "") -> Key:
    """Return the key of that name.

    Raises ProfileError that says where the name was given, with the nearest key as its hint.
    """
    key = KEYS.get(name) or _price_key(name)
    if key is None:
        near = difflib.get_close_matches(name, KEYS, n=1)
        raise ProfileError(
            f"no profile has a key {name!r}" + (f" ({where})" if where else ""),
            hint=f"did you mean {near[0]}?" if near else f"the keys are: {', '.join(KEYS)}",
        )
    return key


def price_keys(stored: Iterable[str], environ: Iterable[str]) -> Iterator[Key]:
    """Yield the keys of the prices that a profile's file or the environment may hold."""
    found = {key.environment_name: key for name in stored if (key := _price_key(name))}
    for variable in environ:
        for table in (PRICES, SPOT_PRICES):
            beginning = f"BATCHFF_{table.upper()}_"
            if variable.startswith(beginning):
                key = _price_key(f"{table}.{variable.removeprefix(beginning)}")
                if key is not None:
                    found.setdefault(variable, key)
    yield from found.values()


def _price_key(name: str) -> Key | None:
    table, _, size = name.partition(".")
    if table not in (PRICES, SPOT_PRICES):
        return None
    from batchff.model.vm_sizes import is_vm_size  # few have prices

    return Key(name, is_amount=True) if is_vm_size(size) else None


def with_scheme(endpoint: str) -> str:
    """Return an endpoint as a URL: without a scheme, HTTPS is meant."""
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def checked_value(key: Key, value: object, where: str) -> Value:
    """Return a value if the key's can be that; raise ProfileError, with `where`, if not."""
    if key.bounds:
        return _checked_number(key.name, key.bounds, value, where)
    if key.is_amount:
        return _checked_amount(key.name, value, where)
    if not isinstance(value, str) or not value:
        raise ProfileError(f"{key.name} must be a text ({where})")
    if key.choices and value not in key.choices:
        choices = ", ".join(key.choices)
        raise ProfileError(f"{key.name} must be one of {choices}, not {value!r} ({where})")
    if key.check:
        try:
            key.check(value)
        except UsageError as error:
            said = f"{key.name}: {error.message} ({where})"
            raise ProfileError(said, hint=error.hint) from None
    return value


def _checked_number(name: str, bounds: Bounds, value: object, where: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = None
    if number is None or isinstance(value, bool):
        raise ProfileError(f"{name} must be a whole number, not {value!r} ({where})")
    if number not in bounds:
        raise ProfileError(f"{name} must be {bounds}, not {value!r} ({where})")
    return number


def _checked_amount(name: str, value: object, where: str) -> float:
    try:
        amount = float(str(value))
    except ValueError:
        amount = math.nan
    if isinstance(value, bool) or not 0 <= amount < math.inf:
        raise ProfileError(f"{name} must be an amount of money, not {value!r} ({where})")
    return amount
