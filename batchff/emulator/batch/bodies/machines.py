"""What pools say of the machines that their nodes are: images, disks, encryption, extensions."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.containers import CONTAINER_CONFIGURATION
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    Check,
    boolean,
    choice,
    duration,
    filled,
    free_object,
    integer,
    listing,
    record,
    refuse_repeated,
    text,
)

_IMAGE = record(
    {},
    {
        "publisher": filled,
        "offer": filled,
        "sku": filled,
        "version": text,
        "virtualMachineImageId": filled,
        "sharedGalleryImageId": filled,
        "communityGalleryImageId": filled,
    },
)

_CACHING = choice("none", "readonly", "readwrite")
_STORAGE = choice("standard_lrs", "premium_lrs", "standardssd_lrs")
_MANAGED_DISK = record(
    {},
    {
        "diskEncryptionSet": record({}, {"id": filled}),
        "storageAccountType": _STORAGE,
        "securityProfile": record(
            {},
            {
                "securityEncryptionType": choice(
                    "DiskWithVMGuestState", "NonPersistedTPM", "VMGuestStateOnly"
                )
            },
        ),
    },
)
_DATA_DISK = record(
    {"lun": integer(0, 63), "diskSizeGB": integer(1)},
    {"caching": _CACHING, "managedDisk": _MANAGED_DISK},
)
_DATA_DISKS = listing(_DATA_DISK)


def _data_disks(value: Any, name: str) -> None:
    """Disks that are known by different numbers."""
    _DATA_DISKS(value, name)
    refuse_repeated([disk["lun"] for disk in value], name, "lun")


_OS_DISK = record(
    {},
    {
        "ephemeralOSDiskSettings": record({}, {"placement": choice("cachedisk")}),
        "caching": _CACHING,
        "diskSizeGB": integer(1),
        "managedDisk": _MANAGED_DISK,
        "writeAcceleratorEnabled": boolean,
    },
)

_ENCRYPTION = record(
    {},
    {
        "customerManagedKey": record(
            {},
            {
                "identityReference": record({}, {"resourceId": filled}),
                "keyUrl": text,
                "rotationToLatestKeyVersionEnabled": boolean,
            },
        ),
        "targets": listing(choice("osdisk", "temporarydisk")),
    },
)

_HOST_ENDPOINT = record(
    {},
    {"inVMAccessControlProfileReferenceId": text, "mode": choice("Audit", "Enforce")},
)
_SECURITY_PROFILE = record(
    {},
    {
        "encryptionAtHost": boolean,
        "proxyAgentSettings": record(
            {}, {"enabled": boolean, "imds": _HOST_ENDPOINT, "wireServer": _HOST_ENDPOINT}
        ),
        "securityType": choice("trustedLaunch", "confidentialvm"),
        "uefiSettings": record({}, {"secureBootEnabled": boolean, "vTpmEnabled": boolean}),
    },
)


def _security(value: Any, name: str) -> None:
    """UEFI settings are for machines of a type of their own."""
    _SECURITY_PROFILE(value, name)
    if "uefiSettings" in value and "securityType" not in value:
        raise bad_property(f"{name}.uefiSettings", {}, "They need a securityType")


_EXTENSION = record(
    {"name": filled, "publisher": filled, "type": filled},
    {
        "typeHandlerVersion": text,
        "autoUpgradeMinorVersion": boolean,
        "enableAutomaticUpgrade": boolean,
        "settings": free_object,
        "protectedSettings": free_object,
        "provisionAfterExtensions": listing(filled),
    },
)

VIRTUAL_MACHINE = record(
    {"imageReference": _IMAGE, "nodeAgentSKUId": filled},
    {
        "windowsConfiguration": record({}, {"enableAutomaticUpdates": boolean}),
        "dataDisks": _data_disks,
        "licenseType": text,
        "containerConfiguration": CONTAINER_CONFIGURATION,
        "diskEncryptionConfiguration": _ENCRYPTION,
        "nodePlacementConfiguration": record({}, {"policy": choice("regional", "zonal")}),
        "extensions": listing(_EXTENSION),
        "osDisk": _OS_DISK,
        "securityProfile": _security,
        "serviceArtifactReference": record({"id": filled}, {}),
    },
)

CLOUD_SERVICE: Check = record(
    {"osFamily": choice("2", "3", "4", "5", "6", "7")}, {"osVersion": filled}
)
"""What older versions have in place of a virtual machine's configuration."""

_PERCENT = integer(5, 100)

UPGRADE_POLICY = record(
    {"mode": choice("automatic", "manual", "rolling")},
    {
        "automaticOSUpgradePolicy": record(
            {},
            {
                "disableAutomaticRollback": boolean,
                "enableAutomaticOSUpgrade": boolean,
                "useRollingUpgradePolicy": boolean,
                "osRollingUpgradeDeferral": boolean,
            },
        ),
        "rollingUpgradePolicy": record(
            {},
            {
                "enableCrossZoneUpgrade": boolean,
                "maxBatchInstancePercent": _PERCENT,
                "maxUnhealthyInstancePercent": _PERCENT,
                "maxUnhealthyUpgradedInstancePercent": integer(0, 100),
                "pauseTimeBetweenBatches": duration,
                "prioritizeUnhealthyInstances": boolean,
                "rollbackFailedInstancesOnPolicyBreach": boolean,
            },
        ),
    },
)
