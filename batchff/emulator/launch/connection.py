"""Where an emulator is, and what a client needs to use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from batchff.emulator.simulation.settings import Simulation


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client needs to use an emulator that runs."""

    batch_account: str
    batch_key: str = field(repr=False)
    batch_endpoint: str
    storage_account: str
    storage_key: str = field(repr=False)
    blob_endpoint: str
    certificate: Path | None = None
    """The certificate of both services; None over HTTP."""

    @property
    def storage_connection_string(self) -> str:
        """The connection string of the storage account, key included."""
        return (
            f"DefaultEndpointsProtocol={urlsplit(self.blob_endpoint).scheme};"
            f"AccountName={self.storage_account};"
            f"AccountKey={self.storage_key};BlobEndpoint={self.blob_endpoint};"
        )

    def environment(self) -> dict[str, str]:
        """Return it as the environment variables that `az` and other Azure programs read.

        Tests of others take storage from the one that is named after Azurite.
        """
        return {
            "AZURE_BATCH_ACCOUNT": self.batch_account,
            "AZURE_BATCH_ACCESS_KEY": self.batch_key,
            "AZURE_BATCH_ENDPOINT": self.batch_endpoint,
            "AZURE_STORAGE_ACCOUNT": self.storage_account,
            "AZURE_STORAGE_KEY": self.storage_key,
            "AZURE_STORAGE_BLOB_ENDPOINT": self.blob_endpoint,
            "AZURE_STORAGE_CONNECTION_STRING": self.storage_connection_string,
            "AZURITE_CONNECTION_STRING": self.storage_connection_string,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """Whether an emulator runs on a folder; where and since when, if one does."""

    root: Path
    running: bool
    pid: int | None = None
    batch_endpoint: str | None = None
    blob_endpoint: str | None = None
    since: datetime | None = None
    simulation: Simulation | None = None
    """None where tasks run."""
    without_effect: tuple[str, ...] = ()
    """What it has accepted that has no effect here: operations, each with a field."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The options that it runs with, as `options_told` gives them."""
