from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.bodies.parts import (
    OUTPUT_FILE,
    RETRIES,
    resource_file,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.protocol.errors import BatchError

CONTAINER = "http://127.0.0.1/a/films?sig=x"
ONE = {"httpUrl": "http://127.0.0.1/a/films/b", "filePath": "b"}


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        {**ONE, "fileMode": "0755", "identityReference": {"resourceId": "/subscriptions/1"}},
        {"storageContainerUrl": CONTAINER},
        {"storageContainerUrl": CONTAINER, "blobPrefix": "", "filePath": "below"},
        {"autoStorageContainerName": "films", "blobPrefix": "a/"},
    ],
)
def test_a_resource_file_has_one_source(value: dict[str, Any]) -> None:
    resource_file(value, "resourceFiles[0]")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({}, "f"),
        ({"filePath": "b"}, "f"),
        ({**ONE, "storageContainerUrl": CONTAINER}, "f"),
        ({"httpUrl": ONE["httpUrl"]}, "f.filePath"),
        ({**ONE, "blobPrefix": "a"}, "f.blobPrefix"),
        ({**ONE, "fileMode": "rwx"}, "f.fileMode"),
        ({**ONE, "fileMode": "0789"}, "f.fileMode"),
        ({**ONE, "fileMode": ""}, "f.fileMode"),
        (
            {"autoStorageContainerName": "a", "identityReference": {"resourceId": "/s"}},
            "f.identityReference",
        ),
    ],
)
def test_a_resource_file_that_cant_be_is_refused_by_the_property(
    value: dict[str, Any], name: str
) -> None:
    with pytest.raises(BatchError) as error:
        resource_file(value, "f")
    assert error.value.values["PropertyName"] == name


def test_a_list_of_resource_files_has_a_limit_wherever_it_is() -> None:
    files = [ONE] * 500
    resource_files(files, "resourceFiles")
    with pytest.raises(BatchError) as error:
        resource_files(files * 2, "startTask.resourceFiles")
    assert error.value.values == {
        "PropertyName": "startTask.resourceFiles",
        "Reason": "Total size of resourceFiles cannot be more than 32768 characters",
    }


def test_a_command_runs_as_a_user_account_or_as_the_services_own_user() -> None:
    user_identity({"autoUser": {"scope": "pool", "elevationLevel": "admin"}}, "userIdentity")
    user_identity({"username": "me"}, "userIdentity")
    for wrong in ({"autoUser": {"elevationLevel": "root"}}, {"username": "me", "autoUser": {}}):
        with pytest.raises(BatchError):
            user_identity(dict(wrong), "userIdentity")


def test_an_output_file_says_what_is_sent_where_and_when() -> None:
    whole = {
        "filePattern": "../std*.txt",
        "destination": {"container": {"containerUrl": CONTAINER, "path": "logs"}},
        "uploadOptions": {"uploadCondition": "taskcompletion"},
    }
    OUTPUT_FILE(whole, "o")
    for missing in whole:
        with pytest.raises(BatchError):
            OUTPUT_FILE({name: each for name, each in whole.items() if name != missing}, "o")
    with pytest.raises(BatchError):
        OUTPUT_FILE({**whole, "uploadOptions": {"uploadCondition": "always"}}, "o")


def test_retries_may_be_without_limit() -> None:
    RETRIES(-1, "maxTaskRetryCount")
    with pytest.raises(BatchError):
        RETRIES(-2, "maxTaskRetryCount")
