"""What goes with Linux alone, and what with Windows alone."""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.versions import V2024_02
from batchff.emulator.state.model import Document
from batchff.emulator.state.pool_defaults import runs_windows

_MACHINE = "virtualMachineConfiguration"
_ENCRYPTED = f"{_MACHINE}.diskEncryptionConfiguration"
_LOGIN_PORTS = (22, 3_389)
_LICENSES = ("maya", "vray", "3dsmax", "arnold")


def check_systems(pool: Document) -> None:
    """Refuse a pool, whole, that asks for what its system or the service hasn't."""
    windows = runs_windows(pool)
    machine: Document = pool.get(_MACHINE, {})
    if "windowsConfiguration" in machine and not windows:
        raise bad_property(f"{_MACHINE}.windowsConfiguration", {}, "The image is one of Linux")
    _check_encryption(machine.get("diskEncryptionConfiguration", {}), windows)
    _check_upgrades(pool, machine)
    for index, user in enumerate(pool.get("userAccounts", ())):
        if "windowsUserConfiguration" in user and not windows:
            name = f"userAccounts[{index}].windowsUserConfiguration"
            raise bad_property(name, {}, "The pool's nodes run Linux")
    for index, license_name in enumerate(pool.get("applicationLicenses", ())):
        if license_name.lower() not in _LICENSES:
            reason = f"It must be one of {', '.join(_LICENSES)}"
            raise bad_property(f"applicationLicenses[{index}]", license_name, reason)


def check_login_ports(pool: Document, version: str) -> None:
    """Refuse the ports of SSH and Remote Desktop, which the versions up to 2024-02 keep.

    2025-06 doesn't name them any more, and Microsoft's own tests open 3389 with it.
    """
    endpoints = pool.get("networkConfiguration", {}).get("endpointConfiguration", {})
    for index, each in enumerate(endpoints.get("inboundNATPools", ())):
        port = each["backendPort"]
        if version <= V2024_02 and port in _LOGIN_PORTS:
            place = f"networkConfiguration.endpointConfiguration.inboundNATPools[{index}]"
            raise bad_property(f"{place}.backendPort", port, "It is reserved")


def check_node_user(user: Document, pool: Document) -> None:
    """Refuse a user who couldn't log in to a pool's nodes: Windows has passwords, Linux keys."""
    if not runs_windows(pool):
        return
    if "sshPublicKey" in user:
        raise bad_property("sshPublicKey", {}, "The node runs Windows")
    if "password" not in user:
        raise BatchError("MissingRequiredProperty", {"PropertyName": "password"})


def _check_encryption(encryption: Document, windows: bool) -> None:
    targets = {target.lower() for target in encryption.get("targets", ())}
    own_key = "customerManagedKey" in encryption
    if own_key and "osdisk" not in targets:
        raise bad_property(f"{_ENCRYPTED}.customerManagedKey", {}, "It needs the target osdisk")
    if own_key or not targets:
        return
    if windows and len(targets) == 1:
        reason = "On Windows it must have osdisk and temporarydisk"
        raise bad_property(f"{_ENCRYPTED}.targets", targets.pop(), reason)
    if not windows and "osdisk" in targets:
        reason = "On Linux only temporarydisk can be encrypted"
        raise bad_property(f"{_ENCRYPTED}.targets", "osdisk", reason)


def _check_upgrades(pool: Document, machine: Document) -> None:
    policy = pool.get("upgradePolicy", {}).get("automaticOSUpgradePolicy", {})
    updates = machine.get("windowsConfiguration", {}).get("enableAutomaticUpdates")
    if policy.get("enableAutomaticOSUpgrade") and updates:
        reason = "It must be false where enableAutomaticOSUpgrade is true"
        name = f"{_MACHINE}.windowsConfiguration.enableAutomaticUpdates"
        raise bad_property(name, updates, reason)
