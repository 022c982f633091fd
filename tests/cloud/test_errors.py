from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.errors import refused
from batchff.cloud.storage import connect_storage
from batchff.errors import ExitCode, NotAllowedError, SignInError
from tests.cloud.small_servers import KEY_OF_NOTHING, serving


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


NO_KEYS = {
    "code": "AuthenticationFailed",
    "message": {
        "lang": "en-US",
        "value": "Server failed to authenticate the request.\nRequestId:0",
    },
    "values": [
        {
            "key": "AuthenticationErrorDetail",
            "value": "The specified type of authentication SharedKey is not allowed for this "
            "account.",
        }
    ],
}
OTHER_TENANT = (
    "<?xml version='1.0' encoding='utf-8'?><Error><Code>InvalidAuthenticationInfo</Code>"
    "<Message>Server failed to authenticate the request.\nRequestId:0</Message>"
    "<AuthenticationErrorDetail>Issuer validation failed. Issuer did not match."
    "</AuthenticationErrorDetail></Error>"
)


@contextmanager
def answering(status: int, body: str, headers: Mapping[str, str]) -> Iterator[str]:
    """A service that answers all requests alike; gives its connection string."""

    class Refusing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Refusing) as connection:
        yield connection


def test_the_batch_services_detail_is_found_where_it_stands() -> None:
    headers = {"Content-Type": "application/json"}
    with answering(403, json.dumps(NO_KEYS), headers) as connection:
        endpoint = connection.partition("BlobEndpoint=")[2].removesuffix("/a")
        batch = Batch(endpoint, AzureNamedKeyCredential("a", KEY_OF_NOTHING))
        with pytest.raises(SignInError, match="the Batch account takes no keys") as refused:
            batch.pools.get("p")
    assert "auth=entra" in refused.value.hint


def test_storages_detail_is_found_by_the_sdk_and_without_it() -> None:
    headers = {
        "Content-Type": "application/xml",
        "x-ms-error-code": "InvalidAuthenticationInfo",
    }
    with answering(401, OTHER_TENANT, headers) as connection:
        storage = connect_storage(connection)
        for ask in (lambda: list(storage.containers()), lambda: list(storage.list_blobs("c"))):
            with pytest.raises(SignInError, match="is of another tenant") as refused:
                ask()
            assert "tenant_id" in refused.value.hint
