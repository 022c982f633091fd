"""Stands in for what Microsoft's tests of azure-batch import and nobody publishes.

Theirs makes accounts in Azure and records the traffic. Here each account is a new emulator, with
nothing in it, and nothing is recorded.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import uuid
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from devtools_testutils.distance import take_time
from devtools_testutils.management import Management
from devtools_testutils.resource_testcase import RESOURCE_GROUP_PARAM

take_time()
FakeResource = namedtuple("FakeResource", ["name", "id"])
_LONGEST_NAME = 24


class AzureTestError(Exception):
    """What a test asks for can't be made."""


class AzureMgmtRecordedTestCase:
    """The base of their test class."""

    is_live = True

    def get_credential(self, client_class: type) -> AzureNamedKeyCredential:
        """Give the key of the account that was made last: the test's own."""
        return Management.latest().credential


AzureRecordedTestCase = AzureMgmtRecordedTestCase


class AzureMgmtPreparer:
    """Makes a resource before a test, hands it on by its parameter's name, and removes it."""

    def __init__(self, name_prefix: str = "", random_name_length: int = 24, **_: Any) -> None:
        self.name_prefix = name_prefix
        self.is_live = True
        self.moniker = name_prefix

    def create_mgmt_client(self, client_class: type, **_: Any) -> Management:
        return Management()

    def create_resource(self, name: str, **kwargs: Any) -> dict[str, Any]:
        raise NotImplementedError

    def remove_resource(self, name: str, **kwargs: Any) -> None:
        """Remove what was made, if it has to be."""

    def __call__(self, test: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(test)
        def prepared(case: Any, **kwargs: Any) -> None:
            name = f"{self.name_prefix}{uuid.uuid4().hex}"[:_LONGEST_NAME]
            resource = self.create_resource(name, **kwargs)
            try:
                result = test(case, **{**kwargs, **resource})
                if inspect.isawaitable(result):
                    asyncio.run(_finished(result))
            finally:
                self.remove_resource(name, **{**kwargs, **resource})

        return prepared


class ResourceGroupPreparer(AzureMgmtPreparer):
    """Names a resource group; there are none."""

    def __init__(self, name_prefix: str = "", **_: Any) -> None:
        super().__init__(name_prefix)

    def create_resource(self, name: str, **kwargs: Any) -> dict[str, Any]:
        return {RESOURCE_GROUP_PARAM: FakeResource(name=name, id=name)}


CachedResourceGroupPreparer = ResourceGroupPreparer


class StorageAccountPreparer(AzureMgmtPreparer):
    """Names a storage account; the emulator brings its own."""

    def __init__(self, name_prefix: str = "", **_: Any) -> None:
        super().__init__(name_prefix)

    def create_resource(self, name: str, **kwargs: Any) -> dict[str, Any]:
        return {"storage_account": FakeResource(name=name, id=name)}


class EnvironmentVariableLoader(AzureMgmtPreparer):
    """Hands on values of the environment, or those that the test gives for none."""

    def __init__(self, directory: str, **values: str) -> None:
        super().__init__()
        self._values = values

    def create_resource(self, name: str, **kwargs: Any) -> dict[str, Any]:
        return {key: os.environ.get(key.upper(), value) for key, value in self._values.items()}


def recorded_by_proxy(test: Callable[..., Any]) -> Callable[..., Any]:
    """Record nothing."""
    return test


def trim_kwargs_from_test_function(test: Callable[..., Any], kwargs: dict[str, Any]) -> None:
    """Leave out what a test doesn't take."""
    parameters = inspect.signature(test).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return
    for name in [name for name in kwargs if name not in parameters]:
        del kwargs[name]


def set_custom_default_matcher(**_: Any) -> None:
    """Nothing is compared with a recording."""


def remove_batch_sanitizers(names: list[str]) -> None:
    """Nothing is recorded."""


def add_general_regex_sanitizer(**_: Any) -> None:
    """Nothing is recorded."""


@pytest.fixture(scope="session")
def test_proxy() -> None:
    """No proxy records what is sent."""


async def _finished(test: Any) -> Any:
    return await test
