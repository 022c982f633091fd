"""Each way to sign in, by azure-identity as it is, against endpoints of this machine over TLS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from batchff.cloud.sign_in.identity import Identities, Identity, Way
from batchff.errors import BatchffError, ExitCode
from tests.emulator.entra import TENANT
from tests.identity.sign_in import CLIENT, SECRET, SignIn
from tests.storage_servers import closed_port

SCOPE = "https://storage.azure.com/.default"
STORAGE = "https://storage.azure.com"
WAYS = ("service-principal", "workload-identity", "managed-identity", "azure-cli")


def enter(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def refusal(way: Way) -> BatchffError:
    with pytest.raises(BatchffError) as raised:
        Identity(way).get_token(SCOPE)
    error = raised.value
    assert error.exit_code is ExitCode.SIGN_IN
    assert "\n" not in error.message + error.hint
    assert SECRET not in error.message + error.hint
    return error


@pytest.mark.parametrize("auth", ["entra", "chosen"])
@pytest.mark.parametrize("way", WAYS)
def test_the_environment_signs_in_by_a_chosen_way_or_by_the_first_that_works(
    way: str, auth: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment(way), monkeypatch)
    identity = Identity(Way(way if auth == "chosen" else auth))
    assert identity.get_token(SCOPE).token in sign_in.given[STORAGE]


def test_a_token_is_asked_for_once_and_again_shortly_before_it_ends(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    identity = Identity(Way("service-principal"))
    sign_in.lifetime = 60
    first = identity.get_token(SCOPE)
    sign_in.lifetime = 3600
    second = identity.get_token(SCOPE)
    assert second.expires_on > first.expires_on
    assert identity.get_token(SCOPE) is second
    assert sign_in.given[STORAGE] == [first.token, second.token]


def test_az_is_called_once_for_each_service(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("azure-cli"), monkeypatch)
    identity = Identity(Way("azure-cli", tenant_id=TENANT))
    for scope in (SCOPE, "https://batch.core.windows.net//.default") * 2:
        identity.get_token(scope)
    asked = "account get-access-token --output json --resource"
    assert sign_in.az_calls() == [
        f"{asked} https://storage.azure.com --tenant {TENANT}",
        f"{asked} https://batch.core.windows.net/ --tenant {TENANT}",
    ]


def test_services_that_sign_in_alike_share_an_identity() -> None:
    identities = Identities()
    chain = identities.of(Way("entra"))
    assert identities.of(Way("entra")) is chain
    assert identities.of(Way("entra", client_id=CLIENT)) is not chain


def test_a_service_can_demand_another_token_than_the_one_it_was_sent(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("managed-identity"), monkeypatch)
    identity = Identity(Way("managed-identity"))
    for _ in range(2):
        identity.get_token(SCOPE)
    assert len(sign_in.given[STORAGE]) == 1
    identity.get_token(SCOPE, claims='{"access_token": {}}')
    assert len(sign_in.given[STORAGE]) == 2


def test_the_profile_names_the_tenant_and_the_identity_where_the_environment_does_not(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    monkeypatch.delenv("AZURE_TENANT_ID")
    monkeypatch.setenv("AZURE_CLIENT_ID", "somebody else")
    assert Identity(Way("service-principal", CLIENT, TENANT)).get_token(SCOPE).token
    error = refusal(Way("service-principal", tenant_id=TENANT))
    assert error.message == (
        "signing in by service-principal: Authentication failed: "
        "AADSTS700016: Application was not found in the directory"
    )


def test_the_default_chain_asks_in_the_profiles_tenant_and_in_no_other(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    monkeypatch.setenv("AZURE_TENANT_ID", "of-the-application")
    identity = Identity(Way("entra", tenant_id=TENANT))
    assert identity.get_token(SCOPE).token in sign_in.given[STORAGE]
    with pytest.raises(BatchffError, match="not configured to acquire tokens") as raised:
        identity.get_token(SCOPE, tenant_id="of-the-service")
    assert raised.value.hint == (
        "the service asks for the tenant of-the-service: set tenant_id, if that's yours"
    )


def test_a_wrong_secret_is_told_in_the_words_of_entra_id(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter({**sign_in.environment("service-principal"), "AZURE_CLIENT_SECRET": "old"}, monkeypatch)
    said = "Authentication failed: AADSTS7000215: Invalid client secret provided"
    error = refusal(Way("service-principal"))
    assert error.message == f"signing in by service-principal: {said}"
    assert error.hint.startswith("check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET")
    # The default chain ends at what is set up and fails: the next would be somebody else.
    assert refusal(Way("entra")).message == f"signing in by environment: {said}"


@pytest.mark.parametrize(
    ("way", "missing"),
    [
        ("service-principal", "AZURE_TENANT_ID and AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"),
        (
            "workload-identity",
            "AZURE_TENANT_ID and AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE",
        ),
    ],
)
def test_variables_that_are_missing_are_named(way: str, missing: str) -> None:
    assert refusal(Way(way)).message == f"auth = '{way}' needs {missing} in the environment"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AADSTS50076", "Conditional Access asks for more: sign in anew"),
        ("AADSTS53003", "Conditional Access asks for more: sign in anew"),
        ("AADSTS700082", "sign in anew: az login"),
        ("AADSTS500011", "check the tenant"),
    ],
)
def test_what_entra_id_asks_for_is_told_by_its_code(
    code: str, hint: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.az_without_anybody(f"{code}: Something is asked for."), monkeypatch)
    error = refusal(Way("azure-cli"))
    assert code in error.message
    assert error.hint.startswith(hint)


def test_a_certificate_that_cant_be_read_is_told(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(tmp_path / "none.pem"))
    error = refusal(Way("service-principal"))
    assert error.message.startswith("signing in by service-principal: ")
    assert "No such file" in error.message


def test_a_federated_token_that_nobody_knows_is_told(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("workload-identity"), monkeypatch)
    Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).write_text("of another pod")
    assert "AADSTS700211: No matching" in refusal(Way("workload-identity")).message


def test_an_az_that_nobody_is_signed_in_with_is_told(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.az_without_anybody(), monkeypatch)
    error = refusal(Way("azure-cli"))
    assert error.message == ("signing in by azure-cli: Please run 'az login' to set up an account")


@pytest.mark.timeout(30)
def test_a_machine_without_an_identity_is_known_within_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The address that a virtual machine asks is led to where nobody answers.
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    error = refusal(Way("managed-identity"))
    assert error.message == (
        "signing in by managed-identity: ManagedIdentityCredential authentication unavailable, "
        "no response from the IMDS endpoint"
    )
    error = refusal(Way("entra"))
    assert error.message.startswith(
        "nobody is signed in to Entra ID (tried: environment, workload identity, managed identity, "
    )
    assert "azure cli, azure power shell" in error.message
    assert error.hint.startswith("run: az login, or ")


def test_an_identity_that_the_machine_does_not_have_is_told(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("managed-identity"), monkeypatch)
    assert Identity(Way("managed-identity", CLIENT)).get_token(SCOPE).token
    error = refusal(Way("managed-identity", "of another machine"))
    assert error.message.startswith("signing in by managed-identity: ")
    assert "client_id names a user-assigned one" in error.hint


def test_an_authority_that_nobody_trusts_gets_no_secret(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert (
        "TLS: unable to get local issuer certificate" in refusal(Way("service-principal")).message
    )
    assert not sign_in.given


def test_an_authority_that_is_no_address_is_told(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(sign_in.environment("service-principal"), monkeypatch)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "http://plain.example")
    assert "'http://plain.example' is an invalid authority" in (
        refusal(Way("service-principal")).message
    )
