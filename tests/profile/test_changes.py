"""Changes of the profile file, which its owner may have written as they like."""

from __future__ import annotations

import os
import stat
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchff.errors import ProfileError, UsageError
from batchff.profile import LOCAL, ProfileFile, resolve_profile
from batchff.profile.changes import remove_profile, set_keys, unset_keys, use_profile
from tests.profiles import STUDIO


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profiles.toml"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_set_makes_a_profile_and_the_first_one_is_the_default(file: Path) -> None:
    first = set_keys(file, "studio", {"batch_account": "a", "pool.spot": "8"})
    assert (first.created, first.made_default) == (True, True)
    changed = set_keys(file, "studio", {"pool.spot": "4"})
    assert (changed.created, changed.made_default) == (False, False)
    second = set_keys(file, "archive", {"storage_account": "b"})
    assert (second.created, second.made_default) == (True, False)
    assert tomllib.loads(file.read_text()) == {
        "default": "studio",
        "profiles": {
            "studio": {"batch_account": "a", "pool": {"spot": 4}},
            "archive": {"storage_account": "b"},
        },
    }


def test_changes_keep_the_files_comments_and_order(file: Path) -> None:
    file.write_text(STUDIO)
    set_keys(file, "studio", {"pool.spot": "2", "auth": "entra"})
    use_profile(file, "archive")
    assert file.read_text() == STUDIO.replace("spot = 8", "spot = 2").replace(
        'auth = "key"', 'auth = "entra"'
    ).replace('default = "studio"', 'default = "archive"')


def test_what_is_unset_goes_and_all_else_in_the_file_stays(file: Path) -> None:
    file.write_text(STUDIO)
    unset_keys(file, "studio", ["batch_account"])
    assert file.read_text() == STUDIO.replace('batch_account = "studio-file"\n', "")
    set_keys(file, "studio", {"batch_account": "studio-file", "pool.nodes": "3"})
    unset_keys(file, "studio", ["pool.nodes"])
    assert file.read_text() == STUDIO


def test_a_table_goes_with_its_last_setting_unless_there_is_a_comment(file: Path) -> None:
    file.write_text(STUDIO)
    unset_keys(file, "studio", ["pool.spot"])
    assert file.read_text() == STUDIO.replace("spot = 8\n", "")
    set_keys(file, "archive", {"job.retries": "3"})
    unset_keys(file, "archive", ["job.retries"])
    assert "job" not in file.read_text()


@pytest.mark.parametrize("written", ["colour = 'red'", "colour.sky = 'red'", "'colour.sky' = 1"])
def test_what_no_profile_can_have_can_be_unset(written: str, file: Path) -> None:
    file.write_text(f"[profiles.s]\n{written}\n[profiles.s.pool]\nspot = 8\n")
    with pytest.raises(ProfileError, match="no profile has a key 'colour"):
        resolve_profile("s", {}, environ={}, file=file)
    (key,) = ProfileFile.read(file).profiles["s"].keys() - {"pool.spot"}
    unset_keys(file, "s", [key])
    assert resolve_profile("s", {}, environ={}, file=file).number("pool.spot") == 8


def test_nothing_is_unset_where_one_key_isnt_set(file: Path) -> None:
    file.write_text(STUDIO)
    with pytest.raises(ProfileError, match=r"profile 'studio' doesn't set pool\.nodes"):
        unset_keys(file, "studio", ["auth", "pool.nodes"])
    with pytest.raises(UsageError, match="no profile has a key 'pool'"):
        unset_keys(file, "studio", ["auth", "pool"])
    assert file.read_text() == STUDIO


def test_a_default_is_added_above_the_tables_and_below_the_first_comment(file: Path) -> None:
    file.write_text('# mine\n\n[profiles.a]\nauth = "key"\n')
    use_profile(file, "a")
    assert file.read_text() == '# mine\ndefault = "a"\n\n[profiles.a]\nauth = "key"\n'


@pytest.mark.parametrize(
    "written",
    [
        'profiles = {studio = {auth = "key"}}',
        '[profiles]\nstudio = {auth = "key"}',
        '[profiles]\nstudio.auth = "key"\nstudio.pool.spot = 0',
        '[profiles.studio]\nauth = "key"\n[profiles.b]\nauth = "key"\n[profiles.studio.pool]\n',
    ],
)
def test_however_a_profile_is_written_it_can_be_changed(written: str, file: Path) -> None:
    file.write_text(written)
    set_keys(file, "studio", {"auth": "entra", "pool.nodes": "3"})
    set_keys(file, "archive", {"pool.nodes": "4"})
    profiles = ProfileFile.read(file).profiles
    assert {**profiles["studio"], "pool.spot": 0} == {
        "auth": "entra",
        "pool.nodes": 3,
        "pool.spot": 0,
    }
    assert profiles["archive"] == {"pool.nodes": 4}
    unset_keys(file, "studio", ["auth", "pool.nodes"])
    assert {**ProfileFile.read(file).profiles["studio"], "pool.spot": 0} == {"pool.spot": 0}


def test_a_file_that_a_change_would_damage_is_left_to_the_user(file: Path) -> None:
    written = '[profiles]\nstudio.auth = "key"\n'
    file.write_text(written)
    with pytest.raises(ProfileError, match="can't change .* as it is written"):
        set_keys(file, "studio", {"pool.nodes": "3"})
    assert file.read_text() == written


@given(
    name=st.text(string.printable, min_size=1).filter(
        lambda name: name.strip() and name.isprintable() and name != LOCAL
    )
    | st.sampled_from(["a.b", 'say "cheese"', "it's", "[a]", "#1", "ünï"]),
    value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
@example(name="a", value='"""')
@example(name="a", value="\\")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_set_is_what_is_read(name: str, value: str, file: Path) -> None:
    file.unlink(missing_ok=True)
    set_keys(file, name, {"batch_account": value})
    assert ProfileFile.read(file).profiles == {name: {"batch_account": value}}


def test_only_the_user_can_read_the_file(file: Path) -> None:
    mask = os.umask(0)
    try:
        set_keys(file, "studio", {"batch_key": "a2V5"})
    finally:
        os.umask(mask)
    assert mode_of(file) == 0o600
    for change in (
        lambda: set_keys(file, "studio", {"auth": "key"}),
        lambda: unset_keys(file, "studio", ["auth"]),
        lambda: use_profile(file, "studio"),
        lambda: remove_profile(file, "studio"),
    ):
        file.chmod(0o644)
        change()
        assert mode_of(file) == 0o600


def test_the_files_folder_is_made_for_the_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "profiles.toml"
    set_keys(file, "studio", {"auth": "key"})
    assert mode_of(file.parent) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["profiles.toml"]


def test_a_change_that_is_refused_leaves_the_file_as_it_was(file: Path) -> None:
    file.write_text(STUDIO)
    for values in ({"pool.spot": "many"}, {"auth": "key", "colour": "red"}, {"auth": ""}):
        with pytest.raises(UsageError):
            set_keys(file, "studio", values)
    assert file.read_text() == STUDIO


def test_a_file_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ProfileError, match="Not a directory"):
        set_keys(tmp_path / "folder" / "profiles.toml", "studio", {"auth": "key"})


def test_the_built_in_profile_cant_be_changed(file: Path) -> None:
    with pytest.raises(ProfileError, match="'local' is built in"):
        set_keys(file, LOCAL, {"auth": "key"})


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\x1b[31m"])
def test_a_profile_needs_a_name_that_can_be_shown(name: str, file: Path) -> None:
    with pytest.raises(UsageError, match="a profile needs a name"):
        set_keys(file, name, {"auth": "key"})


def test_use_takes_only_profiles_that_exist_and_the_built_in_one(file: Path) -> None:
    file.write_text(STUDIO)
    use_profile(file, LOCAL)
    assert ProfileFile.read(file).default == LOCAL
    with pytest.raises(ProfileError, match="there is no profile 'nobody'") as raised:
        use_profile(file, "nobody")
    assert raised.value.hint == "it has: studio, archive"


def test_when_the_default_is_removed_the_built_in_one_is_used(file: Path) -> None:
    file.write_text(STUDIO)
    remove_profile(file, "archive")
    assert ProfileFile.read(file).default == "studio"
    remove_profile(file, "studio")
    assert ProfileFile.read(file) == ProfileFile({}, None)
    assert resolve_profile(None, {}, environ={}, file=file).name == LOCAL
    with pytest.raises(ProfileError, match="there is no profile 'studio'"):
        remove_profile(file, "studio")
