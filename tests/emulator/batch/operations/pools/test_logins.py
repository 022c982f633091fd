from __future__ import annotations

import json

from tests.emulator.examples import code_of, pool_document
from tests.emulator.running import Connection, wait_until

_SECRET = "Pa$$w0rd-of-a-user"


def _node(service: Connection, pool: str) -> str:
    node = service.send("GET", f"/pools/{pool}/nodes").json()["value"][0]
    return f"/pools/{pool}/nodes/{node['id']}"


def test_a_user_is_made_changed_and_removed(service: Connection, pool: str, name: str) -> None:
    users = f"{_node(service, pool)}/users"
    user = {"name": name, "password": _SECRET, "isAdmin": False}

    made = service.send("POST", users, user)
    again = service.send("POST", users, {**user, "name": name.upper()})
    changed = service.send("PUT", f"{users}/{name}", {"password": _SECRET})
    removed = service.send("DELETE", f"{users}/{name}")
    gone = service.send("DELETE", f"{users}/{name}")

    assert (made.status, changed.status, removed.status) == (201, 200, 200)
    assert (again.status, code_of(again)) == (409, "NodeUserExists")
    assert (gone.status, code_of(gone)) == (404, "NodeUserNotFound")
    for path in service.root.path.rglob("*"):
        if path.is_file():
            assert _SECRET.encode() not in path.read_bytes(), path


def test_a_users_name_may_have_any_signs(service: Connection, pool: str) -> None:
    users = f"{_node(service, pool)}/users"

    made = service.send("POST", users, {"name": "a\n\x00é/", "password": "x"})

    assert made.status == 201
    assert made.headers["Location"].endswith("/users/a%0A%00%C3%A9%2F")


def test_a_node_says_where_it_could_be_logged_in_to(service: Connection, pool: str) -> None:
    node = _node(service, pool)
    endpoints = service.send("GET", node).json()["endpointConfiguration"]["inboundEndpoints"]

    settings = service.send("GET", f"{node}/remoteloginsettings").json()
    older = service.send("GET", f"{node}/remoteloginsettings", version="2024-02-01.19.0").json()
    desktop = service.send("GET", f"{node}/rdp", version="2024-02-01.19.0")

    assert [each["name"] for each in endpoints] == ["SSHRule.0"]
    assert settings["remoteLoginPort"] == endpoints[0]["frontendPort"]
    assert "ipv6RemoteLoginPort" in settings
    assert "ipv6RemoteLoginPort" not in older
    assert desktop.data.startswith(b"full address:s:127.0.0.1:")


def test_a_node_lists_the_ports_that_its_pool_asks_for(
    service: Connection, pool: str, name: str
) -> None:
    ports = {
        "name": "web",
        "protocol": "udp",
        "backendPort": 80,
        "frontendPortRangeStart": 60000,
        "frontendPortRangeEnd": 60999,
    }
    network = {"endpointConfiguration": {"inboundNATPools": [ports]}}
    body = pool_document(name, targetDedicatedNodes=2, networkConfiguration=network)
    assert service.send("POST", "/pools", body).status == 201

    def nodes() -> list[dict[str, object]]:
        listed = service.send("GET", f"/pools/{name}/nodes")
        found: list[dict[str, object]] = json.loads(listed.data)["value"]
        return found

    wait_until(lambda: len(nodes()) == 2)
    second = nodes()[1]["endpointConfiguration"]
    assert isinstance(second, dict)
    shown = [(each["name"], each["frontendPort"]) for each in second["inboundEndpoints"]]
    assert shown == [("web.1", 60001), ("SSHRule.1", 50001)]
