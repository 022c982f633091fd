from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.presets import find_preset, list_found, own_folder, preset_names, resolve
from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.find import read_file

SMALL = 'description = "Small"\nbased_on = "h264"\nset = { crf = 30 }\n'


def write(name: str, text: str = SMALL) -> Path:
    file = own_folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_ones_own_presets_are_found_by_name_and_listed() -> None:
    file = write("small.toml")
    found = find_preset("small")
    assert (found.file, found.notice) == (file, "")
    assert found.preset.is_own and found.preset.name == "small"
    assert "30" in resolve(found.preset, {}).runs[0].arguments
    assert "small" in preset_names() and "h264" in preset_names()
    listed = {each.preset.name for each in list_found() if not isinstance(each, PresetError)}
    assert listed == set(preset_names())


def test_one_of_ones_own_comes_before_ours_with_a_notice() -> None:
    file = write("h264.toml")
    found = find_preset("h264")
    assert found.notice == f"preset h264 is your own, in place of batchff's: {file}"
    assert resolve(found.preset, {}).name == "h264"
    assert preset_names().count("h264") == 1
    # Others that are based on ours don't change.
    assert "20" in resolve(find_preset("h264-720").preset, {}).runs[0].arguments


def test_a_path_is_a_preset_wherever_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    for name in ("here.toml", "./here.toml", str(tmp_path / "here.toml")):
        assert find_preset(name).preset.name == "here"
    assert "here" not in preset_names()


def test_lines_that_end_as_windows_ends_them_are_read(tmp_path: Path) -> None:
    file = tmp_path / "here.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert find_preset(str(file)).preset.description == "Small"


def test_a_broken_one_is_listed_as_its_error_and_disturbs_no_other() -> None:
    write("broken.toml", "description = 1\n")
    errors = [each for each in list_found() if isinstance(each, PresetError)]
    assert [error.line for error in errors] == [1]
    assert find_preset("mp3").preset.name == "mp3"
    with pytest.raises(PresetError, match=r"broken\.toml, line 1: description: must be a text"):
        find_preset("broken")


@pytest.mark.parametrize("name", ["mp4", "", "MP3", "h264 "])
def test_an_unknown_name_is_told_with_the_known_ones(name: str) -> None:
    write("small.toml")
    with pytest.raises(UsageError) as refused:
        find_preset(name)
    assert f"'{name}'" in refused.value.message
    assert "small" in refused.value.hint and "h264" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a b.toml", b"", "can't be a preset's name"),
        ("latin.toml", b'description = "K\xfcche"', "isn't written in UTF-8"),
        ("large.toml", b"#" * (1 << 20) + b"\n\n", "is larger than 1 MiB"),
        ("gone.toml", None, "can't be read: No such file or directory"),
    ],
)
def test_a_file_that_cant_be_one_is_told(
    name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PresetError) as refused:
        find_preset(str(file))
    assert message in refused.value.message and str(file) in refused.value.message


FDK = """\
description = "AAC by another encoder"
[[outputs]]
file = "sound.m4a"
streams = { audio = "all" }
arguments = ["-c:a libfdk_aac"]
"""


def test_what_another_ffmpeg_may_have_is_said_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "fdk.toml"
    file.write_text(FDK)
    (error,) = find_preset(str(file)).lacking
    assert (error.line, error.key) == (5, "outputs[1].arguments[1]")
    assert error.message.endswith("has no encoder 'libfdk_aac'")
    with pytest.raises(PresetError, match="has no encoder 'libfdk_aac'"):
        read_file(file)
