from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.pipeline.cleanup.named import job_of_cleanup
from tests.pipeline.cleanup.accounts import Account


def named(account: Account, name: str) -> str:
    return job_of_cleanup(name, account.outputs, account.batch, account.storage)


def test_the_beginning_of_an_id_does_where_only_one_job_of_batchffs_has_it(
    account: Account,
) -> None:
    account.make_job("tour-1")
    account.make_job("tour-2")
    account.make_job("live-1")
    account.make_job("live-2", ours=False)
    assert named(account, "live") == "live-1"
    assert named(account, "tour-2") == "tour-2"
    assert named(account, "gone") == "gone"
    assert named(account, "no id") == "no id"
    with pytest.raises(UsageError, match="job 'tour' could be tour-1, tour-2"):
        named(account, "tour")


def test_what_is_left_of_a_job_that_is_gone_is_meant_by_its_id(account: Account) -> None:
    account.make_job("tour-retry", retry_of="tour")
    account.make_job("live-2")
    account.storage.ensure_container(account.outputs, {})
    account.storage.upload_bytes(account.outputs, "live/logs/a.txt", b"said", {})
    assert named(account, "tour") == "tour"
    assert named(account, "live") == "live"
    assert named(account, "live-") == "live-2"


def test_a_job_and_its_own_retries_are_one(account: Account) -> None:
    account.make_job("hard-1")
    account.make_job("hard-1-retry", retry_of="hard-1")
    assert named(account, "hard") == "hard-1"
    account.make_job("hard-2")
    with pytest.raises(UsageError, match="could be hard-1, hard-1-retry, hard-2"):
        named(account, "hard")
