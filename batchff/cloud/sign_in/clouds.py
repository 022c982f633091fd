"""The clouds of Azure, and what differs between them; each has accounts of its own.

Hosts, authorities and resources are those of Azure CLI's clouds (its module `cloud`), the
management plane's audiences those of azure-mgmt-core (`get_arm_endpoints`). Storage takes tokens
for one resource in all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from batchff.profile.keys import with_scheme


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud: what its accounts' hosts end with, and whom its tokens come from and are for.

    Batch compares a token's audience to the last slash, so `batch_resource` has one.
    """

    name: str
    batch_hosts: str
    blob_hosts: str
    authority: str
    batch_resource: str
    management: str
    management_audience: str

    @property
    def batch_scope(self) -> str:
        """The scope of a token for the Batch service."""
        return f"{self.batch_resource}/.default"


PUBLIC = Cloud(
    name="AzureCloud",
    batch_hosts="batch.azure.com",
    blob_hosts="blob.core.windows.net",
    authority="login.microsoftonline.com",
    batch_resource="https://batch.core.windows.net/",
    management="https://management.azure.com",
    management_audience="https://management.azure.com",
)
GOVERNMENT = Cloud(
    name="AzureUSGovernment",
    batch_hosts="batch.usgovcloudapi.net",
    blob_hosts="blob.core.usgovcloudapi.net",
    authority="login.microsoftonline.us",
    batch_resource="https://batch.core.usgovcloudapi.net/",
    management="https://management.usgovcloudapi.net",
    management_audience="https://management.core.usgovcloudapi.net",
)
CHINA = Cloud(
    name="AzureChinaCloud",
    batch_hosts="batch.chinacloudapi.cn",
    blob_hosts="blob.core.chinacloudapi.cn",
    authority="login.chinacloudapi.cn",
    batch_resource="https://batch.chinacloudapi.cn/",
    management="https://management.chinacloudapi.cn",
    management_audience="https://management.chinacloudapi.cn",
)
CLOUDS = (PUBLIC, GOVERNMENT, CHINA)


def cloud_at(endpoint: str | None) -> Cloud | None:
    """Return the cloud that an endpoint belongs to; None for one that isn't Azure's."""
    host = _host(endpoint or "")
    for cloud in CLOUDS:
        if host == _host(cloud.management) or host.endswith(
            (f".{cloud.batch_hosts}", f".{cloud.blob_hosts}")
        ):
            return cloud
    return None


def authority_in(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the host that the environment names as the authority, as azure-identity reads it."""
    named = environ.get("AZURE_AUTHORITY_HOST")
    return _host(named) if named else None


def cloud_signed_in_to(environ: Mapping[str, str] = os.environ) -> Cloud:
    """Return the cloud whose authority the environment names; the public one where it's none."""
    authority = authority_in(environ)
    return next((cloud for cloud in CLOUDS if cloud.authority == authority), PUBLIC)


def _host(endpoint: str) -> str:
    return (urlsplit(with_scheme(endpoint)).hostname or "").lower()
