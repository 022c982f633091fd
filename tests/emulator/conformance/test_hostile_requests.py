"""What a page in a browser, a careless program or a malicious task could try: errors, no more."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.emulator.conformance.everything import Everything
from tests.emulator.examples import code_of, pool_document
from tests.emulator.running import signature, wait_until

PAGE = {"Origin": "http://evil.example", "Referer": "http://evil.example/page"}


def _raw(everything: Everything, request: bytes) -> bytes:
    """Send bytes as they are, and give what comes until the other side closes.

    It may close before it has taken all: what it said until then counts.
    """
    address = urlsplit(everything.service.batch_endpoint)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        received = b""
        with suppress(ConnectionError):
            connection.sendall(request)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                received += part
    return received


def _now() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", "", "0"],
)
def test_a_foreign_host_gets_nothing_though_signed(everything: Everything, host: str) -> None:
    answer = everything.service.send("GET", "/pools", headers={"Host": host})

    assert (answer.status, code_of(answer)) == (403, "AuthenticationFailed")
    assert b"furnished" not in answer.data


def test_a_request_without_a_host_gets_nothing(everything: Everything) -> None:
    answer = _raw(everything, b"GET /pools?api-version=2025-06-01 HTTP/1.0\r\n\r\n")

    assert _status(answer) in (400, 403)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_a_page_in_a_browser_gets_nothing(everything: Everything, method: str) -> None:
    headers = {
        **PAGE,
        "Content-Type": "text/plain",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    body = json.dumps(pool_document("from-a-page")).encode()
    for path in ("/pools?api-version=2025-06-01", f"/pools/{everything.empty_pool}"):
        answer = everything.service.send_unsigned(method, path, body, headers)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert everything.service.send("GET", "/pools/from-a-page").status == 404


def test_a_body_that_is_too_large_is_refused_before_it_is_read(everything: Everything) -> None:
    path = "/pools?api-version=2025-06-01"
    host = urlsplit(everything.service.batch_endpoint).netloc
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"

    unsigned = _raw(everything, f"{head}Content-Length: 99999999999\r\n\r\n".encode())

    assert _status(unsigned) == 403


def test_a_body_in_chunks_has_its_limit_too(everything: Everything) -> None:
    path = "/pools?api-version=2025-06-01"
    address = urlsplit(everything.service.batch_endpoint).netloc
    headers = {"Host": address, "ocp-date": _now(), "Transfer-Encoding": "chunked"}
    headers["Authorization"] = signature("POST", path, headers, everything.service.identity.batch)
    headers["Connection"] = "close"
    lines = [f"POST {path} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    answer = _raw(everything, "\r\n".join(lines).encode() + b"\r\n\r\n" + chunk * 17 + b"0\r\n\r\n")

    assert _status(answer) == 413
    assert b"RequestBodyTooLarge" in answer


def test_headers_and_addresses_have_their_limits(everything: Everything) -> None:
    long = "x" * (1 << 20)
    host = urlsplit(everything.service.batch_endpoint).netloc.encode()

    header = _raw(everything, b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nX: " + long.encode())
    address = _raw(
        everything, b"GET /" + long.encode() + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    )

    assert _status(header) == _status(address) == 400
    assert everything.service.send("GET", "/pools").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "p", "targetDedicatedNodes": ' + b"9" * 10_000 + b"}",
        b'{"id": "p", "targetDedicatedNodes": 1e999}',
        b'{"id": "p", "targetDedicatedNodes": 9223372036854775808}',
        b'{"id": "p", "metadata": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"id": "p"}{"id": "q"}',
    ],
    ids=["digits", "infinity", "64 bits", "nested", "surrogate", "mark", "two"],
)
def test_odd_json_is_a_mistake_of_the_request(everything: Everything, body: bytes) -> None:
    assert everything.service.send("POST", "/pools", body).status == 400


CLIMBING = [
    "..",
    "../x",
    "../../../../../../identity.json",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/identity.json",
    "..%2f..%2f..%2f..%2f..%2f..%2fidentity.json",
    "%252e%252e%252fidentity.json",
    "wd/../../../../../../../identity.json",
    "wd/..%5c..%5cidentity.json",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "~/x",
    ".",
    "%00",
    "stdout.txt%00",
    "stdout.txt/x",
    "%ff",
    "x" * 300,
    "x/" * 3000,
]


@pytest.mark.parametrize("path", CLIMBING, ids=lambda path: path[:30])
def test_no_path_leaves_a_tasks_or_a_nodes_directory(everything: Everything, path: str) -> None:
    owners = (
        f"/jobs/{everything.job}/tasks/done",
        f"/pools/{everything.pool}/nodes/{everything.node}",
    )
    identity = everything.service.root.path / "identity.json"
    before = identity.read_bytes()

    for owner in owners:
        for method in ("GET", "HEAD", "DELETE"):
            answer = everything.service.send(method, f"{owner}/files/{path}?recursive=true")
            assert answer.status == 404, (method, owner)

    assert identity.read_bytes() == before
    assert everything.service.send("GET", f"{owners[0]}/files/stdout.txt").data == b"out\n"


@pytest.mark.parametrize("name", ["..", "%2e%2e", ".", "%2f", "..%2f..", "%00", "a%2fb", "%ff"])
def test_no_id_in_a_path_is_a_directory(everything: Everything, name: str) -> None:
    for path in (
        f"/pools/{name}",
        f"/pools/{everything.pool}/nodes/{name}",
        f"/pools/{everything.pool}/nodes/{name}/files",
        f"/pools/{everything.pool}/nodes/{name}/files/identity.json",
        f"/jobs/{name}",
        f"/jobs/x:{name}",
        f"/jobs/{name}:job-1/tasks/done/files/stdout.txt",
        f"/jobschedules/{name}",
        f"/jobschedules/{name}/jobs",
        f"/jobs/{everything.job}/tasks/{name}",
        f"/jobs/{everything.job}/tasks/{name}/files/stdout.txt",
        f"/jobs/{name}/tasks/done/files/stdout.txt",
    ):
        assert everything.service.send("GET", path).status in (400, 404), path


def _files(everything: Everything, command: str) -> str:
    job, task = everything.run(command)
    return f"/jobs/{job}/tasks/{task}/files"


def test_links_out_of_a_task_lead_nowhere(everything: Everything, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    files = _files(
        everything, f"sh -c 'ln -s {secret} file; ln -s {tmp_path} folder; ln -s loop loop'"
    )

    for name in ("file", "folder", "folder/secret", "loop", "loop/x"):
        for method in ("GET", "HEAD", "DELETE"):
            answer = everything.service.send(method, f"{files}/wd/{name}?recursive=true")
            assert answer.status == 404, (method, name)
    listed = everything.read(f"{files}?recursive=true")["value"]
    assert not [item for item in listed if "secret" in item["name"]]
    assert secret.read_text() == "secret"


def test_links_go_with_their_folder_and_not_with_what_they_point_to(
    everything: Everything, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.touch()
    files = _files(everything, f"sh -c 'mkdir a; ln -s {tmp_path} a/folder; ln -s {secret} a/file'")

    assert everything.service.send("DELETE", f"{files}/wd/a?recursive=true").status == 200

    assert secret.exists()
    assert everything.service.send("HEAD", f"{files}/wd/a").status == 404


def test_what_is_no_file_is_not_waited_for(everything: Everything) -> None:
    files = _files(everything, "mkfifo pipe")

    assert everything.service.send("GET", f"{files}/wd/pipe").status == 404
    listed = {item["name"]: item for item in everything.read(f"{files}?recursive=true")["value"]}
    assert "properties" not in listed["wd/pipe"]


def test_a_name_that_is_no_text_is_listed(everything: Everything) -> None:
    files = _files(everything, 'sh -c \'touch "$(printf "a\\\\377b")"\'')

    listed = [item for item in everything.read(f"{files}?recursive=true")["value"]]

    assert {item["name"] for item in listed} >= {"wd/a\ufffdb", "stdout.txt"}
    assert [item["url"] for item in listed if item["url"].endswith("/wd/a%FFb")]


@pytest.mark.parametrize(
    "fields",
    [
        {"commandLine": "true\0x"},
        {"commandLine": "'"},
        {"environmentSettings": [{"name": "A=B", "value": "x"}]},
        {"environmentSettings": [{"name": "A\0", "value": "x"}]},
        {"environmentSettings": [{"name": "A", "value": "x\0y"}]},
        {"commandLine": "x" * 200_000},
    ],
    ids=["nul", "quote", "equals", "name", "value", "long"],
)
def test_a_task_that_cannot_start_fails_alone(
    everything: Everything, fields: dict[str, object]
) -> None:
    job = everything.new_job(everything.pool)
    body = {"id": "t", "commandLine": "true", **fields}
    answer = everything.service.send("POST", f"/jobs/{job}/tasks", body)
    if answer.status != 201:
        assert answer.status == 400
        return
    wait_until(lambda: everything.read(f"/jobs/{job}/tasks/t")["state"] == "completed")
    assert everything.read(f"/jobs/{job}/tasks/t")["executionInfo"]["result"] == "failure"
    assert everything.run("true")
