from __future__ import annotations

from batchff.emulator.batch.protocol.users import NodeUsers


def test_names_are_compared_without_case_and_by_node() -> None:
    users = NodeUsers()

    assert users.add("node", "Me")
    assert not users.add("node", "me")
    assert users.add("other", "me")
    assert users.has("node", "ME")
    assert users.remove("node", "me")
    assert not users.remove("node", "me")
    assert users.has("other", "me")
