"""A long film is encoded in chunks, joined exactly, and mended chunk by chunk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.cloud.storage import Storage
from batchff.pipeline.chunks.names import all_chunks_prefix
from tests.commands import Batchff, Ran

SUBMIT = ("--json", "submit", "films", "--preset", "h264", "--set", "speed=ultrafast")
CHUNKS = ("--chunk", "2")


def make_film(path: Path, seconds: int = 8, freq: int = 440) -> None:
    """Make a film with a picture that needs no other each second, and a sound."""
    path.parent.mkdir(exist_ok=True)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc2=s=160x120:r=24000/1001:d={seconds}"]
    command += ["-f", "lavfi", "-i", f"sine=f={freq}:d={seconds}", "-c:v", "libx264", "-g", "24"]
    command += ["-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a:0", "language=fre", str(path)]
    subprocess.run(command, check=True)


def spoil(path: Path) -> bytes:
    """Damage a piece of the film's third chunk; return what the file was."""
    good = path.read_bytes()
    with av.open(str(path)) as container:
        place = container.streams.video[0].index_entries[96].pos
    bad = bytearray(good)
    # Within a picture, whose length stays: only who decodes it can know.
    for at in range(place + 800, place + 1200):
        bad[at] ^= 0x55
    path.write_bytes(bad)
    return good


def times(path: Path | str) -> dict[str, list[tuple[int, int]]]:
    """Return the times and sizes of a file's packets, by kind; of the film only the times."""
    found: dict[str, list[tuple[int, int]]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None:
                size = 0 if packet.stream.type == "video" else packet.size
                found.setdefault(packet.stream.type, []).append((packet.pts, size))
    return {kind: sorted(each) for kind, each in found.items()}


def result(batchff: Batchff, *words: object, code: int = 0) -> dict[str, Any]:
    ran = batchff(*words)
    assert ran.code == code, ran.err
    return ran.result


def added(ran: Ran) -> int:
    """Return how many tasks a command added."""
    return sum(event["tasks"] for event in ran.events if event["event"] == "tasks.added")


def chunk_blobs(storage: Storage, job: str) -> list[str]:
    container = os.environ["BATCHFF_OUTPUT_CONTAINER"]
    return [blob.name for blob in storage.list_blobs(container, all_chunks_prefix(job))]


def test_a_film_of_chunks_is_that_encoded_whole(batchff: Batchff, storage: Storage) -> None:
    make_film(Path("films/film.mp4"))

    whole = result(batchff, *SUBMIT, "--out", "whole")
    ran = batchff(*SUBMIT, *CHUNKS, "--again", "--out", "joined")

    chunked = next(event for event in ran.events if event["event"] == "file.chunked")
    assert (chunked["file"], chunked["chunks"], chunked["reason"]) == ("film.mp4", 4, "")
    assert (whole["tasks"]["succeeded"], ran.result["tasks"]["succeeded"]) == (1, 6)
    assert (ran.result["succeeded"], ran.result["downloaded"]) == (1, 1)
    assert times("joined/film.mp4") == times("whole/film.mp4")
    with av.open("joined/film.mp4") as container:
        assert container.streams.audio[0].metadata["language"] == "fre"
        assert sum(1 for _ in container.decode(video=0)) == 192
    # What lies between is removed once it's joined.
    assert chunk_blobs(storage, ran.result["job"]) == []


def test_a_film_of_very_many_chunks_is_joined_in_two_steps(
    batchff: Batchff, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchff.pipeline.chunks.plan._MOST_JOINED", 3)
    make_film(Path("films/film.mp4"))
    spoil(Path("films/film.mp4"))

    data = result(batchff, *SUBMIT, *CHUNKS, "--out", "joined", "--keep-pool", code=3)

    # A chunk, the longer one that it's a part of, and the film; only the first is spoken of.
    assert data["tasks"] == data["tasks"] | {"succeeded": 5, "failed": 3}
    assert [failure["reason"].partition(" (")[0] for failure in data["failures"]] == [
        "the source is damaged"
    ]

    make_film(Path("films/film.mp4"))
    whole = result(batchff, *SUBMIT, "--chunk", "off", "--out", "whole")
    data = result(batchff, *SUBMIT, *CHUNKS, "--again", "--out", "joined")

    assert (whole["tasks"]["succeeded"], data["tasks"]["succeeded"]) == (1, 8)
    assert times("joined/film.mp4") == times("whole/film.mp4")
    assert chunk_blobs(storage, data["job"]) == []


def test_several_films_are_cut_in_one_job(batchff: Batchff) -> None:
    make_film(Path("films/a.mp4"), seconds=4)
    make_film(Path("films/b.mp4"), seconds=4, freq=880)
    data = result(batchff, *SUBMIT, *CHUNKS)
    assert (data["succeeded"], data["downloaded"], data["tasks"]["succeeded"]) == (2, 2, 8)


def test_a_film_that_was_joined_is_done(batchff: Batchff) -> None:
    make_film(Path("films/film.mp4"))
    result(batchff, *SUBMIT, *CHUNKS)

    again = result(batchff, *SUBMIT, *CHUNKS)
    whole = result(batchff, *SUBMIT, "--chunk", "off", "--out", "elsewhere")

    assert (again["succeeded"], again["downloaded"]) == (1, 1)
    assert (whole["downloaded"], whole["done_before"], whole["job"]) == (1, 1, "")


def test_only_the_chunk_that_failed_is_made_again(batchff: Batchff, storage: Storage) -> None:
    make_film(Path("films/film.mp4"))
    spoil(Path("films/film.mp4"))

    data = result(batchff, *SUBMIT, *CHUNKS, "--keep-pool", code=3)

    assert (data["failed"], data["tasks"]["failed"]) == (1, 2)
    # The join that failed for that says nothing new.
    assert [failure["reason"].partition(" (")[0] for failure in data["failures"]] == [
        "the source is damaged"
    ]
    assert len(chunk_blobs(storage, data["job"])) == 9  # 5 to encode from, 3 chunks, the rest
    retried = batchff("--json", "job", "retry", data["job"], "--yes")
    assert added(retried) == 2
    assert result(batchff, "--json", "watch", data["job"], code=3)["failed"] == 1


def test_a_film_that_was_repaired_is_not_joined_with_chunks_of_the_damaged_one(
    batchff: Batchff,
) -> None:
    make_film(Path("films/film.mp4"))
    good = spoil(Path("films/film.mp4"))
    data = result(batchff, *SUBMIT, *CHUNKS, "--keep-pool", code=3)

    Path("films/film.mp4").write_bytes(good)
    result(batchff, "--json", "upload", "films")
    retried = batchff("--json", "job", "retry", data["job"], "--yes")
    watched = result(batchff, "--json", "watch", data["job"])
    result(batchff, "--json", "download", data["job"], "--to", "repaired")

    assert added(retried) == 1
    assert (watched["succeeded"], watched["failures"]) == (1, [])
    found = times("repaired/film.mp4")
    assert len(found["video"]) == 192
    assert found["audio"]


def test_a_job_that_is_left_to_itself_ends_and_leaves_no_chunks(
    batchff: Batchff, storage: Storage
) -> None:
    make_film(Path("films/film.mp4"))
    job = result(batchff, *SUBMIT, *CHUNKS, "--detach")["job"]
    assert result(batchff, "--json", "watch", job)["succeeded"] == 1
    assert chunk_blobs(storage, job) == []


def test_an_uploaded_film_is_cut_where_it_is(batchff: Batchff) -> None:
    make_film(Path("films/film.mp4"))
    uploaded = result(batchff, "--json", "upload", "films")["input_set"]
    pool = result(batchff, "--json", "pool", "create", "films")["pool"]
    words = ("--preset", "h264", "--set", "speed=ultrafast", "--pool", pool)

    made = result(batchff, "--json", "job", "submit", "--input", uploaded, *words, *CHUNKS)

    assert made["tasks"] == 6
    assert result(batchff, "--json", "watch", made["job"])["succeeded"] == 1
    assert result(batchff, "--json", "download", made["job"], "--to", "there")["files"] == 1
    assert len(times("there/film.mp4")["video"]) == 192


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--preset", "remux"), "its film is copied, not encoded"),
        (("--", "-vf", "hqdn3d", "-c:v", "libx264"), "the filter hqdn3d"),
    ],
)
def test_what_cannot_be_cut_is_encoded_whole(
    batchff: Batchff, words: tuple[str, ...], reason: str
) -> None:
    make_film(Path("films/film.mp4"))
    line = [*words] if "--" not in words else ["--suffix", ".mp4", *words]
    ran = batchff("--json", "submit", "films", *CHUNKS, *line)
    assert ran.result["tasks"]["succeeded"] == 1
    reasons = [event["reason"] for event in ran.events if event["event"] == "file.chunked"]
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_a_sound_alone_is_not_spoken_of_as_a_film(batchff: Batchff) -> None:
    make_film(Path("films/film.mp4"), seconds=4)
    ran = batchff("--json", "submit", "films", "--preset", "mp3", *CHUNKS)
    assert ran.result["succeeded"] == 1
    assert all(event["event"] != "file.chunked" for event in ran.events)


def test_no_signature_is_in_what_a_job_of_chunks_shows(batchff: Batchff, storage: Storage) -> None:
    make_film(Path("films/film.mp4"))
    spoil(Path("films/film.mp4"))
    ran = batchff(*SUBMIT, *CHUNKS)
    job = ran.result["job"]
    assert ran.code == 3
    shown = ran.out + ran.err
    for words in (("logs", job), ("job", "show", job), ("report", job, "--out", "report.html")):
        more = batchff(*words)
        shown += more.out + more.err
    container = os.environ["BATCHFF_OUTPUT_CONTAINER"]
    for blob in storage.list_blobs(container, f"{job}/"):
        if "/media/" not in blob.name and "/chunks/" not in blob.name:
            shown += (storage.read_piece(container, blob.name, 0, 1_000_000) or b"").decode(
                "latin1"
            )
    assert "sig=" not in shown


@pytest.mark.parametrize("chunk", ["0", "0.5", "4000", "ten", "-3"])
def test_a_length_that_chunks_cannot_have_is_refused(batchff: Batchff, chunk: str) -> None:
    make_film(Path("films/film.mp4"), seconds=1)
    ran = batchff("submit", "films", f"--chunk={chunk}")
    assert ran.code == 2
    assert "auto or off" in ran.err


def test_what_failed_in_chunks_is_encoded_whole_where_that_is_asked_for(batchff: Batchff) -> None:
    make_film(Path("films/good.mp4"))
    make_film(Path("films/bad.mp4"), freq=660)
    spoil(Path("films/bad.mp4"))
    first = result(batchff, *SUBMIT, *CHUNKS, code=3)

    whole = result(batchff, *SUBMIT, "--chunk", "off", code=3)

    assert whole["job"] != first["job"]
    assert whole["done_before"] == 1, "what is done stays done"
    assert [each["file"] for each in whole["failures"]] == ["bad.mp4"]
    again = result(batchff, *SUBMIT, "--chunk", "off", code=3)
    assert again["job"] == whole["job"]
