"""Media that is in storage already, and outputs that stay there: nothing is sent, nobody's is lost.

The media is put there by another program, in containers that batchff knows nothing of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from azure.batch import BatchClient
from azure.storage.blob import BlobServiceClient, ContainerClient, generate_container_sas

from batchff.emulator.launch import Connection
from tests.commands import CLIPS, Batchff
from tests.emulator.blob.servers import BlobServer
from tests.emulator.running import wait_until
from tests.media import decoded_seconds
from tests.undecodable import undecodable

CITY = (CLIPS / "city.mp4").read_bytes()
BROKEN = undecodable()
WILD = "a b/$(touch x) 'film' ü.mp4"


@dataclass(frozen=True)
class Container:
    """A container of somebody else's, and what was in it before."""

    client: ContainerClient

    @property
    def name(self) -> str:
        name: str = self.client.container_name
        return name

    @property
    def address(self) -> str:
        return f"az://{self.name}"

    def put(self, name: str, content: bytes = CITY) -> None:
        self.client.upload_blob(name, content, overwrite=True)

    def stored(self) -> dict[str, tuple[str, str]]:
        """Each blob's ETag and content type."""
        return {
            blob.name: (blob.etag, blob.content_settings.content_type or "")
            for blob in self.client.list_blobs()
        }

    def metadata(self) -> dict[str, dict[str, str]]:
        return {
            blob.name: blob.metadata or {} for blob in self.client.list_blobs(include=["metadata"])
        }


def made_in(service: BlobServiceClient) -> Container:
    return Container(service.create_container(f"theirs-{uuid4().hex}"))


@pytest.fixture
def own(account: Connection) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(account.storage_connection_string) as client:
        yield client


@pytest.fixture
def media(own: BlobServiceClient) -> Container:
    return made_in(own)


@pytest.fixture
def results(own: BlobServiceClient) -> Container:
    return made_in(own)


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def containers(client: BlobServiceClient) -> set[str]:
    return {container.name for container in client.list_containers()}


def test_media_is_encoded_where_it_is_and_outputs_go_where_the_user_said(
    batchff: Batchff, own: BlobServiceClient, media: Container, results: Container
) -> None:
    media.put("in/city.mp4")
    media.put(f"in/{WILD}")
    media.put("in/notes.txt", b"notes")
    results.put("x/mine.txt", b"mine")
    before, mine = media.stored(), results.stored()

    words = (f"{media.address}/in", "--preset", "h264-720", "--to", f"{results.address}/x")
    done = batchff("--json", "submit", *words)

    assert done.code == 0, done.err
    assert (done.result["succeeded"], done.result["downloaded"]) == (2, 0)
    assert (done.result["folder"], done.result["input_set"]) == ("", "")
    assert done.result["source"] == f"{media.address}/in"
    assert done.result["outputs_at"] == f"{results.address}/x"
    # Nothing was sent: there are no such events, no blob is new or another, and batchff's own
    # container for inputs wasn't even made.
    assert not [event for event in done.events if event["event"].startswith("upload.")]
    assert media.stored() == before
    assert os.environ["BATCHFF_INPUT_CONTAINER"] not in containers(own)
    assert not Path("batchff-output").exists()
    made = {name: facts for name, facts in results.stored().items() if name not in mine}
    assert {name: kind for name, (_, kind) in made.items()} == {
        "x/city.mp4": "video/mp4",
        f"x/{WILD}": "video/mp4",
    }

    # The same command finds its job, and any machine has what it made.
    job = done.result["job"]
    again = batchff("--json", "submit", *words)
    assert (again.code, again.result["job"], results.stored()) == (0, job, {**mine, **made})
    shown = batchff("--json", "job", "show", job).result
    assert (shown["source"], shown["outputs_at"]) == (
        f"{media.address}/in",
        f"{results.address}/x",
    )
    assert batchff("--json", "download", job, "--to", "home").result["files"] == 2
    assert below(Path("home")) == {"city.mp4", WILD}
    assert decoded_seconds(Path("home/city.mp4")) > 0
    assert "encode.sh: made" in batchff("logs", job, "city.mp4").out

    # A copy has the stamp, and isn't the job's.
    copied = results.client.get_blob_client("final/city.mp4")
    copied.upload_blob(CITY, metadata=results.metadata()["x/city.mp4"])
    assert batchff("cleanup", "--all", "--yes").code == 0
    assert media.stored() == before
    assert results.stored().keys() == {"x/mine.txt", "final/city.mp4"}
    assert os.environ["BATCHFF_OUTPUT_CONTAINER"] not in containers(own)
    assert batchff("cleanup", "--all", "--dry-run").out == "nothing to remove\n"


def test_outputs_can_stay_and_be_downloaded_later(batchff: Batchff, media: Container) -> None:
    media.put("city.mp4")
    ran = batchff("submit", media.address, "--no-download", "--job", "stays")
    assert ran.code == 0
    output = os.environ["BATCHFF_OUTPUT_CONTAINER"]
    assert ran.out == f"job stays: 1 encoded\naz://{output}/stays/media\n"
    assert "1 file encoded\nremoved: pool stays\n" in ran.err
    assert "in the cloud: the outputs; remove with: batchff cleanup stays --outputs\n" in ran.err
    assert not Path("batchff-output").exists()
    assert batchff("download", "stays").code == 0
    (folder,) = (each for each in Path("batchff-output").iterdir() if each.is_dir())
    assert (folder.name.endswith("-mp3"), below(folder)) == (True, {"city.mp3"})


def test_others_blobs_at_the_place_are_replaced_only_on_wish(
    batchff: Batchff, media: Container, results: Container
) -> None:
    media.put("in/city.mp4")
    results.put("city.mp3", b"mine")
    words = ("submit", f"{media.address}/in", "--to", results.address)
    before = results.stored()

    for more in ((), ("--dry-run",)):
        refused = batchff("--json", *words, *more)
        assert refused.code == 1
        assert "1 blob in container" in refused.error["message"]
        assert "'city.mp3'" in refused.error["message"]
        assert "--overwrite" in refused.error["hint"]
    assert results.stored() == before
    assert batchff("--json", "job", "list").result["jobs"] == []

    assert batchff(*words, "--overwrite", "--out", "both").code == 0
    assert results.stored()["city.mp3"][1] == "audio/mpeg"
    assert below(Path("both")) == {"city.mp3"}


def test_folders_and_several_presets_go_to_a_container_that_is_made_for_them(
    batchff: Batchff, own: BlobServiceClient, media: Container
) -> None:
    media.put("in/city.mp4")
    name = f"made-{uuid4().hex}"
    presets = ("--preset", "hls", "--preset", "contact-sheet")
    done = batchff("--json", "submit", f"{media.address}/in", *presets, "--to", f"az://{name}/ä b")
    assert done.code == 0, done.err
    made = Container(own.get_container_client(name))
    kinds = {path.rpartition("/")[2]: kind for path, (_, kind) in made.stored().items()}
    assert kinds["master.m3u8"] == "application/vnd.apple.mpegurl"
    assert kinds["city.jpg"] == "image/jpeg"
    assert all(path.startswith("ä b/city") for path in made.stored())

    job = done.result["job"]
    assert batchff("download", job, "--to", "home").code == 0
    assert {"city.jpg", "city/master.m3u8"} < below(Path("home"))
    assert "city.manifest" not in below(Path("home"))
    assert batchff("cleanup", job, "--outputs", "--yes").code == 0
    assert made.stored() == {}
    assert batchff("cleanup", "--all", "--yes").code == 0
    assert name not in containers(own)


def test_one_job_reads_what_another_has_left_in_storage(
    batchff: Batchff, media: Container, results: Container
) -> None:
    media.put("in/city.mp4")
    first = ("submit", f"{media.address}/in", "--to", f"{results.address}/1")
    assert batchff(*first, "--preset", "h264-720").code == 0
    second = ("submit", f"{results.address}/1", "--to", f"{results.address}/2")
    assert batchff(*second).code == 0
    assert results.stored().keys() == {"1/city.mp4", "2/city.mp3"}
    job = batchff("--json", *second).result["job"]
    shown = batchff("job", "show", job).out.splitlines()
    assert f"media        {results.address}/1" in shown
    assert f"outputs      {results.address}/2" in shown
    deleted = batchff("job", "delete", job, "--yes").out
    assert f"in {job}/, its outputs at {results.address}/2; remove them with" in deleted


def test_uploaded_files_go_to_a_place_as_well(batchff: Batchff, results: Container) -> None:
    Path("films").mkdir()
    Path("films/city.mp4").write_bytes(CITY)
    assert batchff("submit", "films", "--to", f"{results.address}/whole").code == 0
    assert results.stored().keys() == {"whole/city.mp3"}

    assert batchff("upload", "films", "--to", "tour").code == 0
    assert batchff("pool", "create", "to-pool").code == 0
    words = ("job", "submit", "--input", "tour", "--pool", "to-pool")
    refused = batchff(*words, "--to", f"{results.address}/whole")
    assert (refused.code, "--overwrite" in refused.err) == (1, True)
    made = batchff("--json", *words, "--to", f"{results.address}/staged")
    assert made.result["outputs_at"] == f"{results.address}/staged"
    assert batchff("watch", made.result["job"]).code == 0
    assert results.stored().keys() == {"whole/city.mp3", "staged/city.mp3"}


def test_a_blob_that_fails_is_mended_where_it_is(
    batchff: Batchff, media: Container, results: Container
) -> None:
    media.put("in/city.mp4")
    media.put("in/late.mp4", BROKEN)
    ran = batchff("submit", f"{media.address}/in", "--to", results.address, "--job", "mended")
    assert ran.code == 3
    assert (
        f"repair the files that ffmpeg fails on, under the same names in {media.address}/in"
        in ran.err
    )
    assert results.stored().keys() == {"city.mp3"}

    media.put("in/late.mp4")
    assert batchff("job", "retry", "mended", "--yes").code == 0
    assert batchff("watch", "mended").code == 0
    assert results.stored().keys() == {"city.mp3", "late.mp3"}
    assert batchff("--json", "download", "mended").result["files"] == 2
    assert batchff("cleanup", "mended", "--inputs", "--outputs", "--pool", "--yes").code == 0
    assert (results.stored(), len(media.stored())) == ({}, 2)


# Another account, by a SAS


@pytest.fixture
def other(blob_emulator: BlobServer) -> Container:
    """A container in a storage account that the profile can't sign in to."""
    return made_in(blob_emulator.client())


def url_of(other: Container, server: BlobServer, *, days: int = 9, prefix: str = "in") -> str:
    sas = generate_container_sas(
        server.account,
        other.name,
        account_key=server.key,
        permission="rl",
        expiry=datetime.now(UTC) + timedelta(days=days),
    )
    return f"{server.url}/{other.name}/{prefix}?{sas}"


def signature(url: str) -> str:
    return url.rpartition("sig=")[2]


def test_media_of_another_account_is_read_with_its_sas_which_is_kept_nowhere(
    batchff: Batchff,
    own: BlobServiceClient,
    other: Container,
    blob_emulator: BlobServer,
    service: BatchClient,
) -> None:
    other.put("in/city.mp4")
    other.put("in/late.mp4", BROKEN)
    before = other.stored()
    url = url_of(other, blob_emulator)

    ran = batchff("--json", "--verbose", "submit", url, "--out", "home")

    assert ran.code == 3
    job = ran.result["job"]
    assert ran.result["source"] == f"{blob_emulator.url}/{other.name}/in"
    assert below(Path("home")) == {"city.mp3"}
    assert other.stored() == before
    secret = signature(url)
    assert secret not in ran.out + ran.err
    assert secret not in json.dumps(service.get_job(job).as_dict())
    output = own.get_container_client(os.environ["BATCHFF_OUTPUT_CONTAINER"])
    for blob in output.list_blobs(include=["metadata"]):
        held = output.download_blob(blob.name).readall()
        assert secret.encode() not in held
        assert secret not in json.dumps(blob.metadata)

    # Another SAS for the same media is the same job.
    renewed = url_of(other, blob_emulator, days=10)
    assert signature(renewed) != secret
    assert batchff("--json", "submit", renewed, "--out", "home").result["job"] == job

    # A retry needs one that is good now.
    other.put("in/late.mp4")
    refused = batchff("--json", "job", "retry", job, "--yes")
    assert refused.code == 2
    assert "batchff keeps no SAS" in refused.error["message"]
    assert f"batchff job retry {job} --input 'URL'" in refused.error["hint"]
    for wrong, said in (
        (url_of(other, blob_emulator, prefix="elsewhere"), "reads its media at"),
        (url_of(other, blob_emulator, days=-1), "the SAS ended at"),
        (url_of(other, blob_emulator, days=1), "the SAS of its media ends at"),
    ):
        refused = batchff("--json", "job", "retry", job, "--yes", "--input", wrong)
        assert refused.code == 2
        assert said in refused.error["message"]
        assert signature(wrong) not in refused.out + refused.err
    retried = batchff("--json", "job", "retry", job, "--yes", "--input", renewed)
    assert retried.code == 0, retried.out
    assert batchff("watch", job).code == 0
    assert batchff("--json", "download", job, "--to", "home").result["files"] == 2
    assert batchff("cleanup", "--all", "--yes").code == 0
    assert len(other.stored()) == 2


def test_a_detached_submit_of_another_accounts_media_goes_on_by_itself(
    batchff: Batchff, other: Container, blob_emulator: BlobServer
) -> None:
    other.put("in/city.mp4")
    url = url_of(other, blob_emulator)
    ran = batchff("submit", url, "--detach", "--no-download", "--job", "by-itself")
    assert (ran.code, ran.out) == (0, "by-itself\n")
    assert "its outputs stay at az://" in ran.err
    assert signature(url) not in ran.err
    wait_until(lambda: batchff("--json", "job", "show", "by-itself").result["state"] == "completed")
    assert batchff("download", "by-itself").code == 0
    assert below(Path("batchff-output/in-mp3")) == {"city.mp3"}
