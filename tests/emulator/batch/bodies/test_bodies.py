from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.batch.bodies import JOB_CREATE, POOL_CREATE, TASK_CREATE
from batchff.emulator.batch.protocol.errors import BatchError
from tests.emulator.examples import pool_document

TASK = {"id": "t", "commandLine": "true"}


JOB = {"id": "j", "poolInfo": {"poolId": "p"}}


POOL = pool_document("p")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _error(check: Any, body: Any) -> BatchError:
    with pytest.raises(BatchError) as caught:
        check(body, "")
    return caught.value


@given(
    st.sampled_from([(TASK_CREATE, TASK), (JOB_CREATE, JOB), (POOL_CREATE, POOL)]),
    st.data(),
)
def test_no_body_brings_anything_but_an_error_of_the_catalogue(
    kind: tuple[Any, dict[str, Any]], data: st.DataObject
) -> None:
    check, good = kind
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(good)) | st.text(), JSON))
    try:
        check({**good, **fields}, "")
    except BatchError as error:
        assert error.status in (400, 501)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 7),
        ("id", "with space"),
        ("id", "x" * 65),
        ("commandLine", ""),
        ("commandLine", "\ud800"),
        ("requiredSlots", "one"),
        ("requiredSlots", "257"),
        ("requiredSlots", True),
        ("requiredSlots", 0),
        ("environmentSettings", {}),
        ("constraints", {"maxWallClockTime": "soon"}),
        ("constraints", {"maxTaskRetryCount": -2}),
        ("dependsOn", {"taskIds": "a"}),
        ("dependsOn", {"taskIdRanges": [{"start": 1, "end": 2**31}]}),
        ("exitConditions", {"default": {"jobAction": "explode"}}),
        ("exitConditions", {"exitCodes": [{"code": "one", "exitOptions": {}}]}),
        ("resourceFiles", [{"filePath": "x"}]),
        ("resourceFiles", [{"httpUrl": "http://x"}]),
        ("resourceFiles", [{"httpUrl": "http://x", "filePath": "x", "fileMode": "rwx"}]),
        ("resourceFiles", [{"httpUrl": "http://x", "storageContainerUrl": "http://x"}]),
        ("resourceFiles", [{"httpUrl": "http://x", "filePath": "x", "blobPrefix": "y"}]),
        ("resourceFiles", [{"storageContainerUrl": "http://x", "autoStorageContainerName": "x"}]),
        (
            "resourceFiles",
            [{"autoStorageContainerName": "x", "identityReference": {"resourceId": "y"}}],
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(field: str, value: object) -> None:
    error = _error(TASK_CREATE, {**TASK, field: value})

    assert (error.code, error.status) == ("InvalidPropertyValue", 400)
    assert error.values["PropertyName"].startswith(field)


@pytest.mark.parametrize(
    ("check", "good", "field"),
    [
        (TASK_CREATE, TASK, "commandLine"),
        (TASK_CREATE, TASK, "id"),
        (JOB_CREATE, JOB, "poolInfo"),
        (POOL_CREATE, POOL, "vmSize"),
        (POOL_CREATE, POOL, "virtualMachineConfiguration"),
    ],
)
def test_a_missing_field_is_named(check: Any, good: dict[str, Any], field: str) -> None:
    without = {key: value for key, value in good.items() if key != field}

    for body in (without, {**good, field: None}):
        error = _error(check, dict(body))
        assert (error.code, error.values) == ("MissingRequiredProperty", {"PropertyName": field})


def test_a_field_that_the_service_does_not_know_is_named() -> None:
    error = _error(TASK_CREATE, {**TASK, "comandLine": "true"})

    assert (error.code, error.status) == ("InvalidRequestBody", 400)
    assert error.values["PropertyName"] == "comandLine"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userAccounts", [{"name": "a", "password": 7}]),
        ("userAccounts", [{"name": "a", "password": ["Pa$$w0rd"]}]),
        ("userAccounts", {"name": "a", "password": "Pa$$w0rd"}),
        ("mountConfiguration", [{"azureFileShareConfiguration": {"accountKey": {"Pa$$w0rd": 1}}}]),
        ("mountConfiguration", [["Pa$$w0rd"]]),
        ("networkConfiguration", {"subnetId": {"Pa$$w0rd": 1}}),
    ],
)
def test_no_refusal_shows_what_may_be_a_secret(field: str, value: object) -> None:
    error = _error(POOL_CREATE, {**POOL, field: value})

    assert error.status == 400
    assert "Pa$$w0rd" not in str(error.values) and "7" not in str(error.values)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mountConfiguration", [{}]),
        ("mountConfiguration", [{"nfsMountConfiguration": {"source": "x"}}]),
        ("userAccounts", [{"name": "x" * 21, "password": "x"}]),
        ("networkConfiguration", {"dynamicVNetAssignmentScope": "all"}),
        ("upgradePolicy", {"mode": "never"}),
        ("applicationPackageReferences", [{}]),
    ],
)
def test_what_has_no_effect_is_checked_all_the_same(field: str, value: object) -> None:
    assert _error(POOL_CREATE, {**POOL, field: value}).status == 400
