"""The fixture for other people's tests, used as they would."""

from __future__ import annotations

import pytest

_CONFTEST = 'pytest_plugins = ["batchff.emulator.pytest_plugin"]\n'
_TESTS = """
import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

@pytest.mark.parametrize("number", range(4))
def test_an_account_is_empty(azure_emulator, number):
    credential = AzureNamedKeyCredential(azure_emulator.batch_account, azure_emulator.batch_key)
    with BatchClient(azure_emulator.batch_endpoint, credential) as batch:
        assert list(batch.list_pools()) == []
    blobs = BlobServiceClient.from_connection_string(azure_emulator.storage_connection_string)
    assert list(blobs.list_containers()) == []
    blobs.create_container("films")

def test_its_environment_is_that_of_azures_programs(azure_emulator):
    assert azure_emulator.environment()["AZURE_BATCH_ENDPOINT"] == azure_emulator.batch_endpoint
"""


@pytest.mark.parametrize("words", [[], ["-n2"]], ids=["alone", "xdist"])
def test_each_test_has_an_account_of_its_own(pytester: pytest.Pytester, words: list[str]) -> None:
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *words)
    result.assert_outcomes(passed=5)


def test_nothing_is_left_running(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile("def test_nothing(azure_emulator): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert not list(pytester.path.rglob("running.json"))
