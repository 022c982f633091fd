from __future__ import annotations

import pytest

from batchff.cli.invocation import Invocation
from batchff.cli.services import examined_batch, examined_storage
from batchff.emulator.launch import Connection
from batchff.errors import ProfileError


def test_services_are_opened_with_what_shows_that_one_is_let_in(account: Connection) -> None:
    invocation = Invocation()

    service, batch = examined_batch(invocation.profile, invocation.identities)
    assert (service.name, service.endpoint) == ("Batch", account.batch_endpoint)
    assert service.by_key
    service.read()
    assert list(batch.pools.all()) == []

    service, storage = examined_storage(invocation.profile, invocation.identities)
    assert service.name == "storage"
    assert service.endpoint in account.storage_connection_string
    assert service.by_key
    service.read()
    assert storage.container(invocation.require("input_container")) is None


def test_a_setting_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_ACCOUNT", "studio")
    invocation = Invocation()
    with pytest.raises(ProfileError):
        examined_batch(invocation.profile, invocation.identities)
