from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from batchff.emulator.batch.bodies.mounts import MOUNTS
from batchff.emulator.batch.protocol.errors import BatchError

_KEYS: dict[str, Any] = {
    "accountKey": "Pa$$w0rd",
    "sasKey": "Pa$$w0rd",
    "identityReference": {"resourceId": "/subscriptions/s"},
}


def _blobs(*keys: str) -> list[dict[str, Any]]:
    place = {"accountName": "films", "containerName": "a", "relativeMountPath": "a"}
    return [{"azureBlobFileSystemConfiguration": {**place, **{key: _KEYS[key] for key in keys}}}]


@pytest.mark.parametrize("key", list(_KEYS))
def test_a_container_is_opened_in_one_way(key: str) -> None:
    MOUNTS(_blobs(key), "m")


@pytest.mark.parametrize("keys", [(), *combinations(_KEYS, 2), tuple(_KEYS)])
def test_no_way_and_many_ways_are_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(BatchError) as refused:
        MOUNTS(_blobs(*keys), "m")

    assert refused.value.code == "InvalidPropertyValue"
    assert refused.value.values["PropertyName"] == "m[0].azureBlobFileSystemConfiguration"
    assert "Pa$$w0rd" not in str(refused.value.values)
