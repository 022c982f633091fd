from __future__ import annotations

import pytest

from batchff.cloud.errors import refused
from batchff.errors import ExitCode, NotAllowedError, SignInError


def test_a_refused_identity_hears_of_the_roles_it_needs() -> None:
    code = "AuthorizationPermissionMismatch"
    error = refused(403, f"{code}: no", "uploading 'a'", code, by_token=True)
    assert isinstance(error, NotAllowedError)
    assert error.exit_code is ExitCode.SIGN_IN
    assert error.message == f"uploading 'a': the service doesn't allow it ({code}: no)"
    for role in (
        "Azure Batch Data Contributor",
        "Storage Blob Data Contributor",
        "Storage Blob Delegator",
    ):
        assert role in error.hint


@pytest.mark.parametrize(
    ("code", "role"),
    [("AuthorizationFailed", "Reader"), ("LinkedAuthorizationFailed", "Managed Identity Operator")],
)
def test_the_management_plane_takes_other_roles(code: str, role: str) -> None:
    error = refused(403, f"{code}: no", "pool 'p'", code, by_token=True)
    assert isinstance(error, NotAllowedError)
    assert role in error.hint
    assert "Data Contributor" not in error.hint


@pytest.mark.parametrize(
    ("code", "by_token", "said", "hint"),
    [
        ("AuthorizationFailure", False, "doesn't allow it", "network rules"),
        ("AuthorizationFailure", True, "doesn't allow it", "network rules"),
        ("KeyBasedAuthenticationNotPermitted", False, "takes no keys", "storage_auth=entra"),
        ("AccountIsDisabled", True, "is disabled", "subscription"),
        ("InsufficientAccountPermissions", False, "can't do that now", "subscription"),
        ("RequestDisallowedByPolicy", True, "a policy of the subscription", "policies"),
    ],
)
def test_what_no_role_helps_against_is_told_by_its_code(
    code: str, by_token: bool, said: str, hint: str
) -> None:
    error = refused(403, f"{code}: no", "container 'c'", code, by_token=by_token)
    assert isinstance(error, SignInError) and not isinstance(error, NotAllowedError)
    assert error.message.startswith("container 'c': ")
    assert said in error.message
    assert f"({code}: no)" in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("status", "code", "detail", "by_token", "said", "hint"),
    [
        (
            *(401, "InvalidAuthenticationInfo", "Issuer validation failed. Issuer did not match."),
            *(True, "is of another tenant", "az login --tenant"),
        ),
        (
            *(401, "InvalidAuthenticationTokenTenant", "", True),
            *("is of another tenant", "set tenant_id"),
        ),
        (
            *(403, "AuthenticationFailed"),
            "The access token has been obtained from wrong audience or resource 'https://a'.",
            *(True, "for another service or cloud", "batch_endpoint"),
        ),
        (
            *(
                401,
                "InvalidAuthenticationInfo",
                "Lifetime validation failed. The token is expired.",
            ),
            *(True, "isn't valid now", "clock"),
        ),
        (
            *(403, "AuthenticationFailed"),
            "The specified type of authentication SharedKey is not allowed for this account.",
            *(False, "takes no keys", "auth=entra"),
        ),
        (
            *(403, "AuthenticationFailed"),
            "The specified type of authentication SharedKey is not allowed when external resources "
            "of type Network are linked.",
            *(False, "no pool can be linked to a network", "auth=entra"),
        ),
        (
            *(403, "AuthenticationFailed"),
            "The MAC signature found in the HTTP request 'c2VjcmV0' is not the same as any.",
            *(False, "refused the credentials", "the account and its key"),
        ),
    ],
)
def test_why_nobody_is_let_in_is_told_by_the_answers_detail(
    status: int, code: str, detail: str, by_token: bool, said: str, hint: str
) -> None:
    error = refused(status, f"{code}: no", "listing jobs", code, detail, by_token=by_token)
    assert isinstance(error, SignInError) and not isinstance(error, NotAllowedError)
    assert said in error.message
    assert hint in error.hint
    assert "c2VjcmV0" not in error.message + error.hint


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
