from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from batchff.cloud.storage import connect_storage
from batchff.emulator import launch
from batchff.emulator.launch import Connection
from tests.cloud.management.arm import Arm
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.commands import Batchff, Ran
from tests.emulator.blob.servers import serving
from tests.storage_servers import SOMEONE_ELSES_KEY, closed_port


def lines(ran: Ran) -> dict[str, str]:
    """What was found of each thing that was checked, its advice included."""
    found: dict[str, str] = {}
    name = ""
    for line in ran.out.splitlines()[:-1]:
        if line.startswith(" "):
            found[name] += f" {line.strip()}"
        else:
            name = line[9:27].strip()
            found[name] = f"{line[:8].strip()} {line[28:]}"
    return found


def test_all_that_a_submit_needs_is_checked(batchff: Batchff, account: Connection) -> None:
    ran = batchff("doctor", "--vm-size", "Standard_D2s_v5", "--out", "encoded")
    assert (ran.code, ran.err) == (0, "")
    shown = re.sub(r"(libmp3lame for preset mp3 \()\S+\)", r"\1FFMPEG)", ran.out)
    shown = re.sub(r"\d+\.\d GiB", "N GiB", shown)
    out = Path("encoded").absolute()
    assert shown == (
        "ok       profile            local, with an account from the environment\n"
        f"ok       sign-in: Batch     {account.batch_endpoint}, by the account's key\n"
        f"ok       sign-in: storage   {account.blob_endpoint}, by the connection string's key\n"
        "ok       clock              as the services' own, within 5 minutes\n"
        "ok       role: Batch        none is needed: an account's key may do everything\n"
        "ok       role: storage      none is needed: an account's key may do everything\n"
        "ok       quota              none to read: the Batch account isn't Azure's\n"
        "ok       image              canonical:ubuntu-24_04-lts:server for auto, verified\n"
        "ok       VM size            Standard_D2s_v5, by its name; whether it's offered wasn't "
        "checked\n"
        "ok       pool               1 dedicated node, 2 tasks at a time on each\n"
        "ok       ffmpeg             the emulator's nodes have the one of this machine's "
        "imageio-ffmpeg\n"
        f"ok       container: input   {container('INPUT')} isn't there yet; it's made when it's "
        "needed\n"
        f"ok       container: output  {container('OUTPUT')} isn't there yet; it's made when it's "
        "needed\n"
        "ok       SAS                good for the 5d 1h that a job may take\n"
        "ok       encoders           libmp3lame for preset mp3 (FFMPEG)\n"
        f"ok       disk: downloads    N GiB free for {out}\n"
        "16 ok, 0 warnings, 0 failures\n"
    )
    assert not out.exists()


def container(kind: str) -> str:
    return os.environ[f"BATCHFF_{kind}_CONTAINER"]


def test_json_has_an_event_for_each_check_and_the_counts(batchff: Batchff) -> None:
    ran = batchff("--json", "doctor", "--slots", "100")
    assert ran.code == 5
    checks = [event for event in ran.events if event["event"] == "check"]
    assert ran.result == {"ok": len(checks) - 1, "warnings": 0, "failures": 1}
    pool = next(check for check in checks if check["name"] == "pool")
    assert {**pool, "time": ""} == {
        "v": 1,
        "event": "check",
        "time": "",
        "name": "pool",
        "status": "failure",
        "message": "100 tasks at a time on each, and Standard_D4s_v5 takes 16 at most",
        "advice": "give --slots 16 or fewer",
    }


def test_a_wrong_key_is_told_and_the_other_service_is_checked_all_the_same(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_KEY", SOMEONE_ELSES_KEY)
    ran = batchff("doctor")
    found = lines(ran)
    assert ran.code == 5
    assert found["sign-in: Batch"].startswith("failure")
    assert "the service refused the credentials" in found["sign-in: Batch"]
    assert found["sign-in: storage"].startswith("ok")
    assert found["container: input"].startswith("ok")
    assert "image" not in found
    assert SOMEONE_ELSES_KEY not in ran.out


def test_an_address_where_nobody_answers_is_told(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    monkeypatch.setenv(
        "BATCHFF_STORAGE_CONNECTION_STRING",
        f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={address}/a",
    )
    ran = batchff("doctor")
    found = lines(ran)
    assert ran.code == 5
    assert found["sign-in: storage"] == (
        f"failure {address}/a: no answer ([Errno 111] Connection refused) "
        "→ check the address (batchff profile show) and the network"
    )
    assert found["sign-in: Batch"].startswith("ok")
    assert not any(name.startswith("container") for name in found)


def test_containers_are_told_apart_by_their_stamp(batchff: Batchff, account: Connection) -> None:
    storage = connect_storage(account.storage_connection_string)
    storage.ensure_container(container("INPUT"), {"batchff": "1"})
    storage.ensure_container(container("OUTPUT"), {})
    found = lines(batchff("doctor"))
    assert found["container: input"] == f"ok {container('INPUT')}, made by batchff"
    assert found["container: output"] == (
        f"warning {container('OUTPUT')} is there, and batchff didn't make it: it is used, and "
        "never removed → or take another: batchff profile set NAME output_container=CONTAINER"
    )


def test_a_name_that_no_container_can_have_is_told(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = batchff("--input-container", "My_Films", "doctor")
    assert (ran.code, ran.out) == (2, "")
    assert "error: --input-container: 'My_Films' is no container's name (" in ran.err
    monkeypatch.setenv("BATCHFF_INPUT_CONTAINER", "My_Films")
    ran = batchff("doctor")
    assert ran.code == 5
    assert lines(ran)["profile"].startswith(
        "failure input_container: 'My_Films' is no container's name (environment, "
    )


def take_a_bare_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have imageio-ffmpeg give an ffmpeg that can encode nothing but AAC."""
    program = folder / "bare" / "ffmpeg"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho ' A....D aac                  AAC'\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))


def test_what_the_bundled_ffmpeg_lacks_is_a_failure_where_nodes_get_that(
    batchff: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_a_bare_ffmpeg(tmp_path, monkeypatch)
    line = ("--suffix", ".m4a", "--", "-c:a")
    lacking = batchff("doctor", "--ffmpeg", "bundled", *line, "libfdk_aac")
    assert lacking.code == 5
    assert lines(lacking)["encoders"].startswith(
        "failure no libfdk_aac, which preset custom asks for (ffmpeg 9.0.2, which the nodes get)"
    )
    had = batchff("doctor", "--ffmpeg", "bundled", *line, "libopus")
    assert had.code == 0
    assert lines(had)["ffmpeg"] == (
        "ok 9.0.2, bundled with batchff; the first pool sends it to container batchff-ffmpeg"
    )


@pytest.mark.parametrize(
    ("ffmpeg", "said"),
    [
        (("apt",), "from the image's package manager; each node installs it when it starts"),
        (
            ("https://example.org/ffmpeg.tar.xz", "--ffmpeg-sha256", "0" * 64),
            "from a URL; each node fetches it when it starts, and checks its SHA-256",
        ),
    ],
)
def test_another_ffmpeg_is_said(batchff: Batchff, ffmpeg: tuple[str, ...], said: str) -> None:
    assert lines(batchff("doctor", "--ffmpeg", *ffmpeg))["ffmpeg"] == f"ok {said}"


def test_a_gpu_that_this_machine_lacks_is_a_failure(batchff: Batchff) -> None:
    ran = batchff("doctor", "--preset", "h264-nvenc", "--vm-size", "Standard_NC4as_T4_v3")
    assert ran.code == 5
    assert lines(ran)["GPU"].startswith(
        "failure preset h264-nvenc needs an NVIDIA GPU, and the emulator's nodes are this machine"
    )


def test_a_setting_that_is_missing_is_told(
    batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BATCHFF_BATCH_ENDPOINT")
    ran = batchff("doctor")
    assert ran.code == 5
    assert lines(ran)["sign-in: Batch"] == (
        "failure profile 'local' has no batch_endpoint → run: batchff profile set local "
        "batch_endpoint, or set BATCHFF_BATCH_ENDPOINT"
    )


@pytest.fixture
def skewed(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a service whose clock is some minutes ahead, and that refuses everything."""

    async def refuse(_: Request) -> Response:
        then = datetime.now(UTC) + timedelta(minutes=request.param)
        return Response(status_code=403, headers={"Date": format_datetime(then, usegmt=True)})

    app = Starlette(routes=[Route("/{path:path}", refuse, methods=["GET", "HEAD"])])
    with serving(app, date_header=False) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("skewed", "found"),
    [
        (-6, "warning this machine's clock is 6m ahead of the services'"),
        (20, "failure this machine's clock is 20m behind the services'"),
    ],
    indirect=["skewed"],
)
def test_a_clock_that_is_wrong_is_told(
    skewed: str, found: str, batchff: Batchff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_BATCH_ENDPOINT", skewed)
    told = re.sub(r"(\d+)m( \d+s)?", minutes_of, lines(batchff("doctor"))["clock"])
    assert told == (
        f"{found}; they refuse 15 minutes → set it by the network: timedatectl set-ntp true"
    )


def minutes_of(match: re.Match[str]) -> str:
    """Round to minutes: what a request takes isn't exact."""
    seconds = int((match[2] or "0s").strip().rstrip("s"))
    return f"{int(match[1]) + round(seconds / 60)}m"


def test_nothing_is_started_or_made_for_the_local_profile(run: Batchff) -> None:
    ran = run("doctor")
    assert ran.code == 0
    found = lines(ran)
    waits = "ok the emulator on this machine, which isn't running: a submit would start it"
    assert (found["sign-in: Batch"], found["sign-in: storage"]) == (waits, waits)
    assert found["profile"] == "ok local, which is the emulator"
    assert found["disk: emulator"].endswith(str(launch.default_root()))
    assert not launch.default_root().exists()


def test_an_encoder_that_the_emulators_ffmpeg_lacks_is_a_failure(
    run: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_a_bare_ffmpeg(tmp_path, monkeypatch)
    ran = run("doctor", "--suffix", ".mkv", "--", "-c:v", "libx264")
    assert ran.code == 5
    assert lines(ran)["encoders"].startswith("failure no libx264")


def test_a_profile_that_doesnt_exist_leaves_what_this_machine_has(run: Batchff) -> None:
    ran = run("--profile", "nosuch", "doctor")
    assert ran.code == 5
    found = lines(ran)
    assert list(found) == ["profile", "encoders", "disk: downloads"]
    assert found["profile"].startswith("failure there is no profile 'nosuch'")


def test_a_profile_that_others_may_read_is_told(
    account: Connection, run: Batchff, tmp_path: Path
) -> None:
    assert run("profile", "set", "studio", "pool.nodes=2").code == 0
    file = Path(run("profile", "path").out.strip())
    assert lines(run("doctor"))["profile"] == f"ok studio, from {file}"
    file.chmod(0o644)
    assert lines(run("doctor"))["profile"] == (
        f"warning studio; others may read {file} → chmod 600 {file}"
    )


def test_quotas_and_sizes_are_read_where_the_management_plane_is_seen(
    managed: Arm, batchff: Batchff
) -> None:
    ran = batchff("doctor", "--nodes", "3", "--spot", "2", "--vm-size", "standard_d4s_V5")
    found = lines(ran)
    assert ran.code == 0, ran.out
    assert found["quota: cores"] == "ok 3 × 4 = 12 cores of standardDSv5Family of 16"
    assert found["quota: Spot cores"] == "ok 2 × 4 = 8 Spot cores of 100"
    assert re.fullmatch(r"ok \d+ of 20", found["quota: pools"])
    assert re.fullmatch(r"ok \d+ of 100", found["quota: active jobs"])
    assert found["VM size"] == "ok standard_d4s_V5, offered in westeurope"


def test_a_quota_without_room_for_a_node_is_a_failure(managed: Arm, batchff: Batchff) -> None:
    ran = batchff("doctor", "--vm-size", "Standard_F8s_v2", "--nodes", "2")
    found = lines(ran)
    assert ran.code == 5
    assert found["quota: cores"] == (
        "failure 2 × 8 = 16 cores of standardFSv2Family are needed, and the quota is 0: no node "
        "comes → ask for more in the portal: the Batch account, Quotas; or take another VM size"
    )
    assert found["VM size"] == (
        "warning Standard_F8s_v2 is retired on 2028-11-15 → take one such as Standard_D4s_v5"
    )


def test_a_policy_that_blocks_a_jobs_sas_is_a_failure(managed: Arm, batchff: Batchff) -> None:
    managed.storage = {
        "sasPolicy": {"sasExpirationPeriod": "1.00:00:00", "expirationAction": "Log"}
    }
    assert lines(batchff("doctor"))["SAS"] == (
        "warning a job may take 5d, and the storage account's policy wants no SAS of more than 1d "
        "→ shorten --queue-time, --task-timeout or --retries"
    )
    managed.storage["sasPolicy"]["expirationAction"] = "block"
    assert lines(batchff("doctor"))["SAS"].startswith("failure a job may take 5d")


def test_quotas_that_cant_be_read_say_why(managed: Arm, batchff: Batchff) -> None:
    managed.refuses = True
    ran = batchff("doctor")
    assert ran.code == 0
    assert lines(ran)["quota"].startswith("warning quotas aren't read: your subscriptions: ")
