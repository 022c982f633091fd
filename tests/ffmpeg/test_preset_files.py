from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.preset_files import bundled_files, own_files, own_folder, preset_names
from batchff.ffmpeg.presets import find_preset


def test_each_bundled_file_is_a_preset_of_its_name() -> None:
    for name in bundled_files():
        assert find_preset(name).preset.name


def test_names_are_of_both() -> None:
    assert own_files() == {}
    own_folder().mkdir(parents=True)
    (own_folder() / "small.toml").touch()
    assert own_files() == {"small": own_folder() / "small.toml"}
    assert set(preset_names()) == {"small", *bundled_files()}
    assert preset_names() == sorted(preset_names())


def test_without_a_home_there_is_nowhere_to_keep_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(_: str) -> None:
        raise RuntimeError

    monkeypatch.setattr("platformdirs.user_config_path", no_home)
    with pytest.raises(UsageError, match="you have no home folder"):
        own_folder()
