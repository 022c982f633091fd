"""Azure's management of Batch accounts, as far as the tests use it: an account is an emulator."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from devtools_testutils.distance import ALLOCATION_TIME

_BATCHFF = os.environ.get("BATCHFF", "batchff")
_CERTIFICATE, _KEY = os.environ.get("STAND_IN_CERTIFICATE"), os.environ.get("STAND_IN_KEY")


@dataclass
class Account:
    """An emulator of its own."""

    name: str
    root: Path
    account_endpoint: str
    """Host and port; the tests add https."""
    key: str

    @property
    def credential(self) -> AzureNamedKeyCredential:
        """What signs its requests."""
        return AzureNamedKeyCredential(self.name, self.key)

    def client(self) -> BatchClient:
        """Connect to it."""
        return BatchClient(f"https://{self.account_endpoint}", self.credential)

    def stop(self) -> None:
        """End it, and remove what it keeps."""
        _run("stop", "--root", str(self.root))
        shutil.rmtree(self.root, ignore_errors=True)


_accounts: list[Account] = []


class Management:
    """The client that makes accounts, and pools in them."""

    def __init__(self) -> None:
        self.batch_account = SimpleNamespace(
            begin_create=lambda group, name, parameters: _Done(_new_account()),
            begin_delete=lambda group, name: _Done(_remove_account()),
            get=lambda group, name: _new_account(),
            get_keys=lambda group, name: _keys(),
        )
        self.application = SimpleNamespace(create=lambda *_: None)
        self.application_package = SimpleNamespace(
            create=lambda *_: SimpleNamespace(storage_url=_package_url()),
            activate=lambda *_: None,
        )
        self.pool = SimpleNamespace(
            create=lambda group, account, name, parameters: _new_pool(name, parameters),
            get=lambda group, account, name: _pool(name),
            # Some tests name another one than they made; all pools go with their account.
            begin_delete=lambda group, account, name: _Done(None),
        )

    @staticmethod
    def latest() -> Account:
        """Give the account that was made last."""
        return _accounts[-1]


@dataclass
class _Done:
    """An operation that is over before it's waited for."""

    _result: Any

    def result(self) -> Any:
        return self._result

    def wait(self) -> None:
        pass


def _new_account() -> Account:
    root = Path(tempfile.mkdtemp(prefix="account-"))
    https = [f"--tls-certificate={_CERTIFICATE}", f"--tls-key={_KEY}"]
    _run("start", "--root", str(root), "--allocation-time", ALLOCATION_TIME, *https)
    env = json.loads(_run("env", "--root", str(root), "--json"))
    endpoint = urlsplit(env["AZURE_BATCH_ENDPOINT"]).netloc
    name, key = env["AZURE_BATCH_ACCOUNT"], env["AZURE_BATCH_ACCESS_KEY"]
    account = Account(name, root, endpoint, key)
    atexit.register(account.stop)
    _accounts.append(account)
    return account


def _remove_account() -> None:
    account = _accounts.pop()
    atexit.unregister(account.stop)
    account.stop()


def _keys() -> SimpleNamespace:
    account = Management.latest()
    return SimpleNamespace(account_name=account.name, primary=account.key)


def _package_url() -> str:
    """Give a place for the package that a test sends: there is nothing to install it on."""
    from azure.storage import blob

    env = json.loads(_run("env", "--root", str(Management.latest().root), "--json"))
    storage = blob.BlobServiceClient.from_connection_string(env["AZURE_STORAGE_CONNECTION_STRING"])
    container = storage.create_container("packages")
    sas = blob.generate_container_sas(
        env["AZURE_STORAGE_ACCOUNT"],
        "packages",
        account_key=env["AZURE_STORAGE_KEY"],
        permission=blob.ContainerSasPermissions(write=True, create=True),
        expiry="2099-01-01T00:00:00Z",
    )
    return f"{container.url}/package.zip?{sas}"


def _new_pool(name: str, parameters: Any) -> Any:
    machine = parameters.deployment_configuration.virtual_machine_configuration
    image = machine.image_reference
    body = {
        "id": name,
        "displayName": parameters.display_name,
        "vmSize": parameters.vm_size,
        "targetDedicatedNodes": parameters.scale_settings.fixed_scale.target_dedicated_nodes,
        "virtualMachineConfiguration": {
            "imageReference": {
                "publisher": image.publisher,
                "offer": image.offer,
                "sku": image.sku,
            },
            "nodeAgentSKUId": machine.node_agent_sku_id,
        },
        "userAccounts": [
            {
                "name": user.name,
                "password": user.password,
                "elevationLevel": str(getattr(user.elevation_level, "value", "nonadmin")).lower(),
            }
            for user in parameters.user_accounts
        ],
        "networkConfiguration": {
            "endpointConfiguration": {
                "inboundNATPools": [
                    {
                        "name": each.name,
                        "protocol": each.protocol.value.lower(),
                        "backendPort": each.backend_port,
                        "frontendPortRangeStart": each.frontend_port_range_start,
                        "frontendPortRangeEnd": each.frontend_port_range_end,
                    }
                    for each in (
                        parameters.network_configuration.endpoint_configuration.inbound_nat_pools
                    )
                ]
            }
        },
    }
    Management.latest().client().create_pool(body)
    while (pool := _pool(name)).allocation_state != "steady":
        time.sleep(0.1)
    return pool


def _pool(name: str) -> Any:
    pool = Management.latest().client().get_pool(name)
    return SimpleNamespace(
        name=name,
        id=name,
        allocation_state=pool.allocation_state,
        current_dedicated_nodes=pool.current_dedicated_nodes,
    )


def _run(*arguments: str) -> str:
    command = [_BATCHFF, "emulator", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
