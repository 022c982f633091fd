"""Accounts of each cloud: where its tokens come from and what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AccessToken

from batchff.cloud.batch import Batch
from batchff.cloud.credentials import open_management, open_storage
from batchff.cloud.sign_in.clouds import CHINA, CLOUDS, GOVERNMENT, PUBLIC, Cloud, cloud_at
from batchff.cloud.sign_in.identity import Identities, Identity, Way
from batchff.errors import BatchffError, SignInError
from batchff.profile import Profile, resolve_profile
from tests.identity.proxy import running_proxy
from tests.identity.sign_in import SignIn

IDS = [cloud.name for cloud in CLOUDS]
every_cloud = pytest.mark.parametrize("cloud", CLOUDS, ids=IDS)


class Asked(Exception):
    """A credential was asked for a token for these scopes."""

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(*scopes)
        self.scopes = scopes


class Credential:
    """Tells what it is asked for, and so lets nothing be sent."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        raise Asked(scopes)


def profile(**settings: str) -> Profile:
    return resolve_profile(None, settings)


@pytest.mark.parametrize(
    ("endpoint", "cloud"),
    [
        ("https://a.westeurope.batch.azure.com", PUBLIC),
        ("a.chinanorth2.batch.chinacloudapi.cn", CHINA),
        ("https://A.USGovVirginia.batch.USGovCloudAPI.net/", GOVERNMENT),
        ("https://films.blob.core.usgovcloudapi.net", GOVERNMENT),
        ("https://management.chinacloudapi.cn", CHINA),
        ("http://127.0.0.1:8080", None),
        ("https://batch.azure.com.example", None),
        ("https://notbatch.azure.com", None),
        (None, None),
    ],
)
def test_the_cloud_is_known_by_an_endpoints_host(endpoint: str | None, cloud: Cloud | None) -> None:
    assert cloud_at(endpoint) is cloud


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("a.westeurope.batch.azure.com", "https://batch.core.windows.net//.default"),
        ("a.eastus.batch.usgovcloudapi.net", "https://batch.core.usgovcloudapi.net//.default"),
        ("a.chinaeast2.batch.chinacloudapi.cn", "https://batch.chinacloudapi.cn//.default"),
        ("batch.example", "https://batch.core.windows.net//.default"),
    ],
)
def test_a_token_for_batch_is_one_of_the_accounts_cloud(host: str, scope: str) -> None:
    with pytest.raises(Asked) as asked:
        Batch(f"https://{host}", Credential()).pools.get("p")
    assert asked.value.scopes == (scope,)


@every_cloud
def test_storage_is_where_the_batch_account_is(cloud: Cloud) -> None:
    account = profile(batch_endpoint=f"https://studio.north.{cloud.batch_hosts}")
    films = account.with_settings({"storage_account": "films"}, "test")
    assert open_storage(films).url("").rstrip("/") == f"https://films.{cloud.blob_hosts}"
    own = films.with_settings({"storage_endpoint": "https://films.example"}, "test")
    assert open_storage(own).url("").rstrip("/") == "https://films.example"


def test_the_management_plane_is_where_the_batch_account_is(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    endpoint = f"https://studio.usgovvirginia.{GOVERNMENT.batch_hosts}"
    account = profile(batch_endpoint=endpoint, auth="service-principal", subscription="s")
    management = open_management(account, Identities())
    assert management is not None
    with running_proxy(all_to=urlsplit(sign_in.url).netloc) as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with pytest.raises(BatchffError):  # the certificate is of another host
            list(management.accounts())
    assert set(asked) == {"management.usgovcloudapi.net:443"}
    assert list(sign_in.given) == ["https://management.core.usgovcloudapi.net"]


def test_an_account_of_no_cloud_has_no_management_plane() -> None:
    here = profile(batch_endpoint="https://127.0.0.1:8080")
    assert open_management(here, Identities()) is None


@pytest.mark.parametrize(
    ("authority", "cloud"),
    [("https://login.microsoftonline.us/", GOVERNMENT), ("login.chinacloudapi.cn", CHINA)],
)
def test_without_an_account_the_authority_says_which_cloud_it_is(
    authority: str, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority)
    assert open_storage(profile(storage_account="films")).url("").rstrip("/") == (
        f"https://films.{cloud.blob_hosts}"
    )


@every_cloud
def test_tokens_are_asked_of_the_clouds_own_authority(
    cloud: Cloud, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AZURE_AUTHORITY_HOST")
    with running_proxy(all_to=urlsplit(sign_in.url).netloc) as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(SignInError, match="certificate"):
            Identity(Way("service-principal", cloud=cloud)).get_token(cloud.batch_scope)
    assert set(asked) <= {f"{cloud.authority}:443", "login.microsoftonline.com:443"}
    assert f"{cloud.authority}:443" in asked


def test_the_environments_authority_stands_above_the_clouds(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    Identity(Way("service-principal", cloud=CHINA)).get_token(CHINA.batch_scope)
    assert list(sign_in.given) == ["https://batch.chinacloudapi.cn/"]


def test_who_isnt_signed_in_with_az_hears_of_the_accounts_cloud(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sign_in.az_without_anybody().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SignInError) as refused:
        Identity(Way("azure-cli", cloud=GOVERNMENT)).get_token(GOVERNMENT.batch_scope)
    assert refused.value.hint == (
        "the accounts are in AzureUSGovernment; with the Azure CLI: "
        "az cloud set --name AzureUSGovernment, az login"
    )
