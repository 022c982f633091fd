from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.state.pool_defaults import (
    complete_cloud_service,
    complete_machine,
    complete_users,
    in_capitals,
    runs_windows,
    without_empty_lists,
)


@pytest.mark.parametrize("sent", ["taskcompletion", "TaskCompletion", "TASKCOMPLETION"])
def test_some_words_come_back_in_capitals_whatever_was_sent(sent: str) -> None:
    assert in_capitals(sent) == "TaskCompletion"
    assert in_capitals("another") == "another"


def test_lists_without_anything_are_not_shown_but_for_certificates() -> None:
    document: dict[str, Any] = {"metadata": [], "certificateReferences": [], "userAccounts": [{}]}

    assert without_empty_lists(document) == {"certificateReferences": [], "userAccounts": [{}]}


def test_a_disk_is_not_cached_and_of_the_cheapest_storage() -> None:
    machine = complete_machine(
        {
            "imageReference": {"publisher": "p", "offer": "o", "sku": "s"},
            "nodeAgentSKUId": "a",
            "dataDisks": [{"lun": 1, "diskSizeGB": 50}],
        }
    )

    assert machine["imageReference"]["version"] == "latest"
    assert machine["dataDisks"] == [
        {
            "caching": "none",
            "lun": 1,
            "diskSizeGB": 50,
            "managedDisk": {"storageAccountType": "standard_lrs"},
        }
    ]


@pytest.mark.parametrize(
    ("windows", "cloud_service", "mode"),
    [(True, False, "batch"), (True, True, "interactive"), (False, False, None)],
)
def test_a_user_of_windows_has_a_way_to_log_in(
    windows: bool, cloud_service: bool, mode: str | None
) -> None:
    [user] = complete_users([{"name": "a"}], windows=windows, cloud_service=cloud_service)

    assert user["elevationLevel"] == "nonadmin"
    assert user.get("windowsUserConfiguration", {}).get("loginMode") == mode


def test_a_pool_runs_what_its_node_agent_is_for() -> None:
    windows = {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.windows amd64"}}
    linux = {"virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 24.04"}}

    assert runs_windows(windows) and not runs_windows(linux)
    assert runs_windows({"cloudServiceConfiguration": complete_cloud_service({"osFamily": "5"})})
