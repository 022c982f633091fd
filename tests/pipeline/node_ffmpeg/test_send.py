from __future__ import annotations

import gzip
import hashlib
import random
import subprocess
from pathlib import Path
from threading import Barrier, Thread

import pytest

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.events import Event
from batchff.events.ffmpeg import FfmpegBytes, FfmpegSending, FfmpegSent
from batchff.pipeline.node_ffmpeg.build import Build
from batchff.pipeline.node_ffmpeg.send import compress, is_sent, send
from tests.pipeline.node_ffmpeg.programs import PROGRAM
from tests.pipeline.recorder import Recorder


def build_of(program: Path, content: bytes = PROGRAM) -> Build:
    program.write_bytes(content)
    return Build("9.9.9", hashlib.sha256(content).hexdigest(), program)


def fetched(build: Build, container: str, storage: Storage, folder: Path) -> bytes:
    target = folder / "fetched"
    with target.open("wb", buffering=0) as file:
        storage.download_file(container, build.blob, file, bytes_done=lambda _: None)
    return gzip.decompress(target.read_bytes())


def test_it_is_sent_once_to_a_container_of_batchffs(tmp_path: Path, storage: Storage) -> None:
    build, first, second = build_of(tmp_path / "ffmpeg"), Recorder(), Recorder()
    assert not is_sent(build.blob, "programs-once", storage)

    send(build, "programs-once", storage, first)
    send(build, "programs-once", storage, second)

    assert is_sent(build.blob, "programs-once", storage)
    (blob,) = storage.list_blobs("programs-once", metadata=True)
    assert (blob.name, blob.batchff is not None) == (build.blob, True)
    container = storage.container("programs-once")
    assert container is not None and container.batchff
    assert fetched(build, "programs-once", storage, tmp_path) == PROGRAM
    assert first.of(FfmpegSending) == [FfmpegSending("9.9.9", "programs-once")]
    sent = FfmpegSent("9.9.9", "programs-once", build.blob, blob.size)
    assert first.of(FfmpegSent) == [sent]
    assert sum(event.bytes for event in first.of(FfmpegBytes)) == blob.size
    assert second.events == []


def test_several_may_send_it_at_the_same_time(tmp_path: Path, storage: Storage) -> None:
    # In blocks, of which the first to end takes the others' away.
    content = random.Random(7).randbytes(40 << 20)
    build = build_of(tmp_path / "ffmpeg", content)
    together, errors = Barrier(3, timeout=60), list[BatchffError]()

    def wait(event: Event) -> None:
        if isinstance(event, FfmpegSending):
            together.wait()

    def run() -> None:
        try:
            send(build, "programs-together", storage, Recorder(wait))
        except BatchffError as error:
            errors.append(error)

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
    assert fetched(build, "programs-together", storage, tmp_path) == content


def test_a_program_that_changes_meanwhile_is_not_sent(tmp_path: Path, storage: Storage) -> None:
    build = build_of(tmp_path / "ffmpeg")
    (tmp_path / "ffmpeg").write_bytes(PROGRAM + b"echo more\n")
    with pytest.raises(BatchffError, match="changed while it was read"):
        send(build, "programs-changed", storage, Recorder())
    assert not is_sent(build.blob, "programs-changed", storage)


@pytest.mark.parametrize("size", [0, 1, 4 << 20, (50 << 20) + 1])
def test_what_is_compressed_is_whole_for_any_gzip(tmp_path: Path, size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    source, packed = tmp_path / "source", tmp_path / "packed.gz"
    source.write_bytes(content)

    assert compress(source, packed) == hashlib.sha256(content).hexdigest()

    if size:
        assert gzip.decompress(packed.read_bytes()) == content
        unpacked = subprocess.run(["gzip", "-dc", packed], capture_output=True, check=True).stdout
        assert hashlib.sha256(unpacked).digest() == hashlib.sha256(content).digest()
