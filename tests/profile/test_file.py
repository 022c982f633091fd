from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import NoReturn

import pytest

from batchff.errors import ProfileError
from batchff.profile import (
    ProfileFile,
    profile_file,
    resolve_profile,
)
from batchff.profile.changes import set_keys
from tests.profiles import STUDIO


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profiles.toml"


def refusal(name: str | None, file: Path) -> ProfileError:
    with pytest.raises(ProfileError) as raised:
        resolve_profile(name, {}, environ={}, file=file)
    assert "\n" not in raised.value.message + raised.value.hint
    return raised.value


def test_the_file_stands_in_the_users_configuration_folder() -> None:
    assert profile_file() == Path(os.environ["XDG_CONFIG_HOME"], "batchff", "profiles.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"default = studio", "isn't valid TOML"),
        (b"default = '\xff'", "isn't written in UTF-8"),
        ("default = 'studio'".encode("utf-16"), "isn't written in UTF-8"),
        (b"default = 1", "'default' must be the name of a profile"),
        (b"profiles = 1", "'profiles' must be a table"),
        (b"[profiles]\nstudio = 1", "profile 'studio' must be a table"),
        (b"[studio]\nauth = 'key'", "'studio' means nothing"),
    ],
)
def test_a_file_that_no_profile_could_be_read_from_is_refused(
    content: bytes, message: str, file: Path
) -> None:
    file.write_bytes(content)
    error = refusal(None, file)
    assert message in error.message
    assert str(file) in error.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[profiles.s]\nbatch_account = 5", "batch_account must be a text"),
        (b"[profiles.s]\nbatch_account = ''", "batch_account must be a text"),
        (b"[profiles.s]\nbatch_account = ['a']", "batch_account must be a text"),
        (b"[profiles.s.pool]\nspot = 1.5", "pool.spot must be a whole number, not 1.5"),
        (b"[profiles.s.pool]\nspot = true", "pool.spot must be a whole number, not True"),
        (b"[profiles.s]\npool = 8", "no profile has a key 'pool'"),
    ],
)
def test_a_profile_with_what_none_can_have_is_refused(
    content: bytes, message: str, file: Path
) -> None:
    file.write_bytes(content)
    error = refusal("s", file)
    assert message in error.message
    assert f"({file}, profile s)" in error.message


def test_what_is_wrong_with_one_profile_doesnt_keep_from_using_another(file: Path) -> None:
    file.write_text(f"{STUDIO}\n[profiles.s.job]\nretries = 99\n")
    assert resolve_profile("archive", {}, environ={}, file=file).text("storage_account")
    assert refusal("s", file).hint == "correct it: batchff profile set s job.retries=VALUE"
    set_keys(file, "s", {"job.retries": "9"})
    assert resolve_profile("s", {}, environ={}, file=file).number("job.retries") == 9


def test_a_file_may_begin_with_a_mark_of_its_encoding(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + STUDIO.encode())
    assert resolve_profile(None, {}, environ={}, file=file).name == "studio"
    set_keys(file, "studio", {"pool.nodes": "3"})
    assert file.read_text().startswith("# The accounts of the studio.\n")


def test_a_link_to_the_file_stays_one(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text(STUDIO)
    file.symlink_to(kept)
    set_keys(file, "studio", {"pool.nodes": "3"})
    assert file.is_symlink()
    assert "nodes = 3" in kept.read_text()


def test_what_isnt_a_file_is_told(file: Path) -> None:
    file.mkdir()
    error = refusal(None, file)
    assert error.message == f"can't read {file}: Is a directory"
    assert error.hint == f"see what is there: ls -ld {file}"
    with pytest.raises(ProfileError, match="Is a directory"):
        set_keys(file, "s", {"pool.nodes": "3"})


def test_a_user_without_a_home_has_nowhere_to_keep_profiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(_: int) -> NoReturn:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    with pytest.raises(ProfileError, match="you have no home folder") as raised:
        profile_file()
    assert raised.value.hint == "set HOME, or XDG_CONFIG_HOME"


def test_a_file_that_cant_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"can't read .*: Is a directory"):
        ProfileFile.read(tmp_path)
