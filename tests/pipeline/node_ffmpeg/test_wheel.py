from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.events.ffmpeg import FfmpegBytes, FfmpegFetching
from batchff.ffmpeg.nodes_build import NodesWheel
from batchff.pipeline.node_ffmpeg.errors import NoBuild
from batchff.pipeline.node_ffmpeg.wheel import fetched_program
from tests.pipeline.node_ffmpeg.programs import PROGRAM, Index, index_of, wheel_of
from tests.pipeline.recorder import Recorder

WHEEL, PACKED = wheel_of()
HTML = (
    '<!DOCTYPE html><html><body><a href="../../files/imageio_ffmpeg-9.9-py3-none-win_amd64.whl">'
    f'no</a>\n<a class="x"\n href="../../files/{WHEEL.file}#sha256=00">yes</a></body></html>'
)
JSON = json.dumps({"files": [{"filename": WHEEL.file, "url": f"/files/{WHEEL.file}"}]})
BY_HTML = {
    "/simple/imageio-ffmpeg/": ("text/html; charset=UTF-8", HTML.encode()),
    f"/files/{WHEEL.file}": ("application/octet-stream", PACKED),
}
BY_JSON = {
    **BY_HTML,
    "/simple/imageio-ffmpeg/": ("application/vnd.pypi.simple.v1+json", JSON.encode()),
}


def fetch(index: Index, monkeypatch: pytest.MonkeyPatch, wheel: NodesWheel = WHEEL) -> Path:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/simple")
    return fetched_program(wheel, Recorder())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, wherever the system has it."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: folder)
    return folder


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("answers", [BY_HTML, BY_JSON], ids=["html", "json"])
def test_the_wheel_is_fetched_once_and_its_program_kept(
    answers: dict[str, tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    with index_of(answers) as index:
        monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/simple/")
        program = fetched_program(WHEEL, recorder)
        again = fetched_program(WHEEL, Recorder())

    assert program.read_bytes() == PROGRAM
    assert again == program
    assert index.asked == ["/simple/imageio-ffmpeg/", f"/files/{WHEEL.file}"]
    assert recorder.of(FfmpegFetching) == [FfmpegFetching("9.9.9", index.address, WHEEL.bytes)]
    assert sum(event.bytes for event in recorder.of(FfmpegBytes)) == WHEEL.bytes
    assert [path.name for path in program.parent.iterdir()] == [program.name]


def test_a_program_that_was_spoilt_since_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with index_of(BY_HTML) as index:
        fetch(index, monkeypatch).write_bytes(b"spoilt")
        assert fetch(index, monkeypatch).read_bytes() == PROGRAM
    assert len(index.asked) == 4


def test_it_is_fetched_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with index_of(BY_HTML) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("PIP_INDEX_URL", "http://index.example/simple")
        assert fetched_program(WHEEL, Recorder()).read_bytes() == PROGRAM
    assert proxy.asked[0] == "http://index.example/simple/imageio-ffmpeg/"


@pytest.mark.parametrize(
    "packed",
    [PACKED + b"more", PACKED[:-1], PACKED[:-1] + b"x"],
    ids=["longer", "shorter", "another"],
)
def test_another_file_of_that_name_is_refused(
    packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {**BY_HTML, f"/files/{WHEEL.file}": ("application/octet-stream", packed)}
    with index_of(answers) as index, pytest.raises(NoBuild) as raised:
        fetch(index, monkeypatch)
    assert raised.value.message == (
        f"{WHEEL.file} from {index.address} isn't the one that batchff knows"
    )


def test_an_index_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(WHEEL, file="imageio_ffmpeg-1.0-py3-none-any.whl")
    with index_of(BY_HTML) as index, pytest.raises(NoBuild, match="has no imageio_ffmpeg-1.0-"):
        fetch(index, monkeypatch, other)
    with index_of({}) as index, pytest.raises(NoBuild, match=r"from http://\S+: it answers 404"):
        fetch(index, monkeypatch)


@pytest.mark.parametrize("answer", ["{}", "[]", '{"files": [{}]}', '{"files": 1}', "no JSON"])
def test_what_is_no_indexs_answer_is_told(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "application/vnd.pypi.simple.v1+json"
    answers = {"/simple/imageio-ffmpeg/": (kind, answer.encode())}
    with index_of(answers) as index, pytest.raises(NoBuild):
        fetch(index, monkeypatch)


def test_an_index_that_cant_be_reached_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batchff.pipeline.node_ffmpeg.wheel._ATTEMPTS", 1)
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:1/simple")
    recorder = Recorder()
    with pytest.raises(NoBuild) as raised:
        fetched_program(WHEEL, recorder)
    assert raised.value.message == (
        f"{WHEEL.file} can't be fetched from http://127.0.0.1:1: ConnectionError"
    )
    assert recorder.of(FfmpegFetching)[0].index == "http://127.0.0.1:1"


def test_without_a_place_to_keep_it_theres_none(cache: Path) -> None:
    cache.touch()
    with pytest.raises(NoBuild, match="the nodes' ffmpeg can't be kept here: "):
        fetched_program(WHEEL, Recorder())
