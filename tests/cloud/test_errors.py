from __future__ import annotations

import pytest

from batchff.cloud.errors import refused
from batchff.errors import ExitCode


@pytest.mark.parametrize("code", ["AuthorizationPermissionMismatch", "AuthorizationFailed"])
def test_a_refused_identity_hears_of_the_roles_it_needs(code: str) -> None:
    error = refused(403, f"{code}: no", "uploading 'a'", code, by_token=True)
    assert error.exit_code is ExitCode.SIGN_IN
    assert error.message == f"uploading 'a': the service doesn't allow it ({code}: no)"
    for role in (
        "Azure Batch Data Contributor",
        "Storage Blob Data Contributor",
        "Storage Blob Delegator",
    ):
        assert role in error.hint


@pytest.mark.parametrize(
    ("status", "code"), [(401, "InvalidAuthenticationInfo"), (403, "AuthenticationFailed")]
)
def test_a_token_that_isnt_accepted_is_no_matter_of_roles(status: int, code: str) -> None:
    error = refused(status, f"{code}: no", "uploading 'a'", code, by_token=True)
    assert error.exit_code is ExitCode.SIGN_IN
    assert "doesn't accept the token" in error.message
    assert "tenant_id" in error.hint
    assert "Contributor" not in error.hint


def test_who_signed_in_by_key_hears_of_the_key() -> None:
    error = refused(403, "AuthenticationFailed: no", "uploading 'a'", "AuthenticationFailed")
    assert error.exit_code is ExitCode.SIGN_IN
    assert error.hint == "check the account and its key: batchff profile show"
