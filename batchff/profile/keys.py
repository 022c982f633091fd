"""The settings that a profile may hold."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from batchff.duration import parse_duration
from batchff.errors import ProfileError

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

_VM_SIZE = re.compile(r"(standard|basic)_[a-z0-9_-]+", re.ASCII | re.IGNORECASE)

_ENDPOINT = re.compile(
    r"(https?://)?(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:[0-9]{1,5})?(/[^\s?#]*)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Key:
    """A setting that a profile may hold: its name, default and kind."""

    name: str
    default: str | int | None = None
    secret: bool = False
    service: Service | None = None
    az_name: str | None = None
    is_amount: bool = False
    is_endpoint: bool = False
    choices: tuple[str, ...] = ()
    is_duration: bool = False
    least: int = 0

    @property
    def environment_name(self) -> str:
        return "BATCHFF_" + self.name.replace(".", "_").upper()

    @property
    def is_number(self) -> bool:
        return isinstance(self.default, int)


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("auth", choices=AUTH),
        Key("storage_auth", choices=AUTH),
        Key("tenant_id"),
        Key("client_id"),
        Key("subscription", az_name="AZURE_SUBSCRIPTION_ID"),
        Key("resource_group"),
        Key("management_endpoint", is_endpoint=True),
        Key("batch_account", service="batch", az_name="AZURE_BATCH_ACCOUNT"),
        Key("batch_endpoint", service="batch", az_name="AZURE_BATCH_ENDPOINT", is_endpoint=True),
        Key("batch_key", secret=True, service="batch", az_name="AZURE_BATCH_ACCESS_KEY"),
        Key("storage_account", service="storage", az_name="AZURE_STORAGE_ACCOUNT"),
        Key("storage_endpoint", service="storage", is_endpoint=True),
        Key("storage_key", secret=True, service="storage", az_name="AZURE_STORAGE_KEY"),
        Key(
            "storage_connection_string",
            secret=True,
            service="storage",
            az_name="AZURE_STORAGE_CONNECTION_STRING",
        ),
        Key("input_container", default="batchff-input"),
        Key("output_container", default="batchff-output"),
        Key("pool.vm_size", default="Standard_D4s_v5"),
        Key("pool.nodes", default=1),
        Key("pool.spot", default=0),
        Key("pool.slots", default=1),
        Key("pool.max_nodes", default=0),
        Key("pool.fallback", default="on", choices=("on", "off")),
        Key("pool.image", default="auto"),
        Key("pool.container_image"),
        Key("pool.subnet"),
        Key("pool.identity"),
        Key("pool.ffmpeg_url"),
        Key("pool.ffmpeg_sha256"),
        Key("job.task_timeout", default="24h", is_duration=True),
        Key("job.retries", default=1),
        Key("job.queue_time", default="3d", is_duration=True),
        Key("job.priority", default=0, least=-1000),
        Key("prices.currency"),
        Key("prices.ask_above", is_amount=True),
    )
}
"""The settings with a name of their own; others are the prices, named by VM sizes."""


def find_key(name: str, where: str = "") -> Key:
    """Return the key of that name.

    Raises ProfileError that says where the name stands, with the nearest one as its hint.
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
            key = _price_key(f"{table}.{variable.removeprefix(beginning)}")
            if key is not None and variable.startswith(beginning):
                found.setdefault(variable, key)
    yield from found.values()


def _price_key(name: str) -> Key | None:
    table, _, size = name.partition(".")
    if table in (PRICES, SPOT_PRICES) and _VM_SIZE.fullmatch(size):
        return Key(name, is_amount=True)
    return None


def with_scheme(endpoint: str) -> str:
    """Return an endpoint as a URL: without a scheme, HTTPS is meant."""
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def checked_value(key: Key, value: object, where: str) -> Value:
    """Return a value if it is of the key's kind; raise ProfileError, with `where`, if not."""
    if key.is_number:
        try:
            number = int(str(value))
        except ValueError:
            number = key.least - 1
        if isinstance(value, bool) or number < key.least:
            raise ProfileError(f"{key.name} must be a whole number, not {value!r} ({where})")
        return number
    if key.is_amount:
        try:
            amount = float(str(value))
        except ValueError:
            amount = math.nan
        if isinstance(value, bool) or not 0 <= amount < math.inf:
            raise ProfileError(f"{key.name} must be an amount of money, not {value!r} ({where})")
        return amount
    if not isinstance(value, str) or not value:
        raise ProfileError(f"{key.name} must be a text ({where})")
    if key.is_duration:
        try:
            parse_duration(value)
        except ValueError as error:
            raise ProfileError(f"{key.name}: {error} ({where})") from None
    if key.choices and value not in key.choices:
        choices = ", ".join(key.choices)
        raise ProfileError(f"{key.name} must be one of {choices}, not {value!r} ({where})")
    if key.is_endpoint and not _ENDPOINT.fullmatch(value):
        raise ProfileError(
            f"{key.name} must be https:// and a host, not {value!r} ({where})",
            hint="as in https://mybatch.westeurope.batch.azure.com",
        )
    return value
