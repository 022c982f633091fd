from __future__ import annotations

import pytest

from batchff.errors import ProfileError
from batchff.profile.system_keyring import (
    forget_secret,
    look_for_secret,
    read_secret,
    store_secret,
)
from tests.identity.keyrings import DictKeyring


def test_a_secret_is_kept_for_its_profile_and_key_until_it_is_forgotten(
    system_keyring: DictKeyring,
) -> None:
    store_secret("studio", "batch_key", "c2VjcmV0")
    assert system_keyring.secrets == {("batchff", "studio/batch_key"): "c2VjcmV0"}
    assert read_secret("studio", "batch_key") == "c2VjcmV0"
    assert look_for_secret("studio", "batch_key") == "c2VjcmV0"
    assert look_for_secret("studio", "storage_key") is None
    for _ in range(2):
        forget_secret("studio", "batch_key")
    assert system_keyring.secrets == {}


def test_a_secret_that_should_be_there_is_asked_for(system_keyring: DictKeyring) -> None:
    with pytest.raises(ProfileError, match="has no batch_key of profile 'studio'") as raised:
        read_secret("studio", "batch_key")
    assert raised.value.hint == "put it there: batchff profile set studio batch_key --keyring"


def test_a_locked_keyring_is_an_error_in_its_own_words(system_keyring: DictKeyring) -> None:
    system_keyring.locked = True
    for read in (read_secret, look_for_secret):
        with pytest.raises(ProfileError, match="the user refused to unlock it"):
            read("studio", "batch_key")


def test_a_keyring_that_keeps_nothing_is_found_out(
    system_keyring: DictKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_keyring, "set_password", lambda *words: None)
    with pytest.raises(ProfileError, match="doesn't keep what is put there"):
        store_secret("studio", "batch_key", "c2VjcmV0")


def test_without_a_keyring_there_is_no_secret_and_none_can_be_stored() -> None:
    assert look_for_secret("studio", "batch_key") is None
    with pytest.raises(ProfileError, match="this machine has no keyring that can be used"):
        store_secret("studio", "batch_key", "c2VjcmV0")
