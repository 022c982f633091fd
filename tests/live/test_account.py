"""What costs next to nothing: sign-in, images, blobs, and a look at what a submit would do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from batchff.model.stamp import stamp
from tests.live.account import LiveAccount, live_suite

pytestmark = live_suite

NAMES = ("one.wav", "a folder/two $(x) & 'three'.wav", "ünïcødé.wav")


def test_earlier_runs_left_nothing(live: LiveAccount) -> None:
    left = [row["name"] for row in live.leftovers() if live.run not in row["name"]]
    advice = "remove them: batchff job delete, batchff pool delete, az storage container delete"
    assert left == [], advice


def test_doctor_finds_nothing_wrong(live: LiveAccount) -> None:
    done = live.batchff("--json", "doctor")
    checks = [line for line in done.events if line["event"] == "check"]
    assert [check for check in checks if check["status"] == "failure"] == []
    assert done.code == 0
    assert {"sign-in: Batch", "sign-in: storage", "image"} <= {check["name"] for check in checks}


def test_auto_stands_for_a_verified_image(live: LiveAccount) -> None:
    images = live.result("pool", "images")["images"]
    [auto] = [image for image in images if image["auto"]]
    assert auto["verified"]
    assert auto["agent"].startswith("batch.node.ubuntu ")


def test_small_blobs_go_up_once_and_can_be_fetched_by_sas_alone(live: LiveAccount) -> None:
    contents = {name: f"This is {name}.\n".encode() for name in NAMES}
    # More than a block, so that it's sent in pieces.
    contents["long.wav"] = bytes(range(256)) * 4 * 9 * 1024
    for name, data in contents.items():
        file = live.folder / "blobs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    upload = ("upload", "blobs", "--to", live.name("blobs"))
    assert live.result(*upload)["files"] == len(contents)
    again = live.batchff("--json", *upload)
    files = [line for line in again.events if line["event"] == "upload.file"]
    assert [line["skipped"] for line in files] == [True] * len(contents)
    found = live.result("cleanup", "--inputs", "--dry-run")["found"]
    assert [(row["what"], row["blobs"]) for row in found if live.run in row["name"]] == [
        ("blobs", len(contents))
    ]

    expiry = datetime.now(UTC) + timedelta(hours=1)
    with live.storage() as storage, urllib3.PoolManager() as http:
        for blob in storage.list_blobs(live.name("in"), f"{live.name('blobs')}/"):
            url = storage.read_url(live.name("in"), blob.name, expiry=expiry)
            fetched = http.request("GET", url)
            assert fetched.status == 200, fetched.data
            assert fetched.data == contents.pop(blob.name.partition("/")[2])
            put = http.request("PUT", url, body=b"x", headers={"x-ms-blob-type": "BlockBlob"})
            assert put.status == 403, "it's for reading only"
    assert contents == {}


def test_a_sas_for_outputs_lets_write_and_nothing_else(live: LiveAccount) -> None:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    with live.storage() as storage, urllib3.PoolManager() as http:
        storage.ensure_container(live.name("out"), stamp())
        container, _, sas = storage.write_url(live.name("out"), expiry=expiry).partition("?")
        url = f"{container}/{live.name('sas')}/written.txt?{sas}"
        put = http.request("PUT", url, body=b"x", headers={"x-ms-blob-type": "BlockBlob"})
        assert put.status == 201, put.data
        assert http.request("GET", url).status == 403
        assert http.request("GET", f"{container}?restype=container&comp=list&{sas}").status == 403


def test_who_is_signed_in_by_token_makes_delegated_sas(live: LiveAccount) -> None:
    checks = live.batchff("--json", "doctor").events
    [signed_in] = [line for line in checks if line.get("name") == "sign-in: storage"]
    if "Entra ID" not in signed_in["message"]:
        pytest.skip(f"the profile signs in to storage with a key ({signed_in['message']})")
    expiry = datetime.now(UTC) + timedelta(hours=1)
    with live.storage() as storage:
        url = storage.read_url(live.name("in"), "any", expiry=expiry)
    assert {"skoid", "sktid", "ske"} <= parse_qs(urlsplit(url).query).keys()


def test_a_dry_run_makes_nothing(live: LiveAccount, clips: Path) -> None:
    before = live.own()
    shown = live.result("submit", clips, "--job", live.name("dry"), "--dry-run")
    assert (shown["files"], shown["tasks"], shown["submitted"]) == (3, 3, False)
    assert shown["pool"]["nodes"] == 1
    assert live.own() == before
