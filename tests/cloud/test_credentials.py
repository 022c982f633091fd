from __future__ import annotations

import pytest

from batchff.cloud.credentials import open_batch, open_storage
from batchff.errors import BatchffError, ExitCode, ProfileError, ServiceError, SignInError
from batchff.profile import Profile, resolve_profile
from tests.storage_servers import SOMEONE_ELSES_KEY, StorageServer, closed_port


def profile(**settings: str) -> Profile:
    return resolve_profile(None, settings)


def refusal(settings: dict[str, str], *, batch: bool) -> BatchffError:
    with pytest.raises(BatchffError) as raised:
        (open_batch if batch else open_storage)(profile(**settings))
    assert raised.value.exit_code is ExitCode.SIGN_IN
    assert SOMEONE_ELSES_KEY not in raised.value.message + raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "batch_endpoint"),
        ({"batch_endpoint": "https://a.example", "auth": "key"}, "batch_account"),
        ({"batch_endpoint": "https://a.example", "batch_key": "a2V5"}, "batch_account"),
        (
            {"batch_endpoint": "https://a.example", "auth": "key", "batch_account": "a"},
            "batch_key",
        ),
    ],
)
def test_batch_asks_for_the_setting_it_misses(settings: dict[str, str], missing: str) -> None:
    error = refusal(settings, batch=True)
    assert isinstance(error, ProfileError)
    assert error.message == f"profile 'local' has no {missing}"


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "storage_account"),
        ({"storage_account": "a", "auth": "key"}, "storage_key"),
    ],
)
def test_storage_asks_for_the_setting_it_misses(settings: dict[str, str], missing: str) -> None:
    assert refusal(settings, batch=False).message == f"profile 'local' has no {missing}"


def test_a_key_that_was_copied_in_part_is_told_before_anything_is_sent() -> None:
    cut = SOMEONE_ELSES_KEY[:-1]
    batch = {"batch_endpoint": "https://a.example", "batch_account": "a", "batch_key": cut}
    for error in (
        refusal(batch, batch=True),
        refusal({"storage_account": "a", "storage_key": cut}, batch=False),
    ):
        assert isinstance(error, SignInError)
        assert "isn't base64" in error.message
        assert cut not in error.message


def test_a_token_is_never_sent_without_tls() -> None:
    error = refusal({"batch_endpoint": "http://a.example", "auth": "entra"}, batch=True)
    assert error.message == "a token is never sent without TLS, and http://a.example has none"


def test_without_a_key_the_sign_in_is_by_entra_and_nothing_is_sent_yet() -> None:
    open_batch(profile(batch_endpoint="a.westeurope.batch.azure.com"))
    assert open_storage(profile(storage_account="a")).account == "a"
    key = {"storage_key": SOMEONE_ELSES_KEY}
    assert open_storage(profile(storage_account="a", auth="entra", **key)).account == "a"


@pytest.mark.parametrize("auth", [None, "entra", "managed-identity"])
def test_storage_can_be_signed_in_to_otherwise_than_batch(auth: str | None) -> None:
    key = {"storage_key": SOMEONE_ELSES_KEY, "storage_auth": "key"}
    chosen = {} if auth is None else {"auth": auth}
    plain = {"storage_account": "a", "storage_endpoint": "http://a.example"}
    assert open_storage(profile(**plain, **key, **chosen)).longest_sas is None
    with pytest.raises(ProfileError, match="never sent without TLS"):
        open_storage(profile(**plain, auth="key", storage_auth="entra"))


def test_a_connection_string_alone_opens_storage(emulated_storage: StorageServer) -> None:
    storage = open_storage(
        profile(storage_connection_string=emulated_storage.connection_string(), auth="entra")
    )
    storage.ensure_container(emulated_storage.container, {"batchff": "1"})
    made = storage.container(emulated_storage.container)
    assert made and made.metadata == {"batchff": "1"}


def test_a_batch_account_that_nobody_serves_is_told() -> None:
    batch = open_batch(
        profile(
            batch_endpoint=f"http://127.0.0.1:{closed_port()}",
            batch_account="a",
            batch_key=SOMEONE_ELSES_KEY,
        )
    )
    with pytest.raises(ServiceError, match=r"pool 'p': no answer \(.*refused"):
        batch.pools.get("p")
