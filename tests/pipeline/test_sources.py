from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from batchff.errors import ExitCode, InputError
from batchff.ffmpeg.playlists import LARGEST_PLAYLIST
from batchff.pipeline.names import OUTPUT_FOLDER
from batchff.pipeline.selection import Selection
from batchff.pipeline.sources import FoundMedia, expanded, find_listed, find_media

NOBODY = 65534


def fill(folder: Path, *names: str, content: bytes = b"media") -> Path:
    """Make files below a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def names_of(found: FoundMedia) -> list[str]:
    return [source.relative for source in found.sources]


def bad_of(found: FoundMedia) -> dict[str, str]:
    """Return the reasons why nothing can be made of files, by their names."""
    return {each.relative: each.reason for each in found.bad}


@pytest.fixture
def as_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[None]]:
    """Gives up root's right to read everything, where the tests run as root.

    Other users can't reach `tmp_path` by its whole name, but as the working directory.
    """
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def lowered() -> Iterator[None]:
        own = os.geteuid()
        if own == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(own)

    return lowered


# What is found


def test_a_folder_is_walked_and_its_tree_kept_in_the_names(tmp_path: Path) -> None:
    fill(tmp_path, "b.mp4", "a/c.MOV", "a/b/d.wav")
    found = find_media([tmp_path])
    assert names_of(found) == ["a/b/d.wav", "a/c.MOV", "b.mp4"]
    first = found.sources[0]
    status = (tmp_path / "a/b/d.wav").stat()
    assert first.path == tmp_path / "a/b/d.wav"
    assert (first.size, first.modified_ns) == (status.st_size, status.st_mtime_ns)
    assert found.bytes == 15


def test_the_order_is_that_of_the_names_whatever_the_file_system_says(tmp_path: Path) -> None:
    names = ["z.mp4", "B.mp4", "a.mp4", "ä.mp4", "10.mp4", "9.mp4", "a/x.mp4", "a b.mp4"]
    for order, folder in ((names, tmp_path / "1"), (names[::-1], tmp_path / "2")):
        fill(folder, *order)
    assert names_of(find_media([tmp_path / "1"])) == names_of(find_media([tmp_path / "2"]))


def test_what_isnt_media_is_left_out_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", "notes.txt", "README", "sub/cover.jpg", ".hidden.mp4", ".cache/x.mp4")
    found = find_media([tmp_path])
    assert names_of(found) == ["a.mp4"]
    assert found.left_out == {"not media": 3, "hidden": 2}


def test_a_single_file_is_named_by_itself(tmp_path: Path) -> None:
    fill(tmp_path, "sub/a.mp4")
    assert names_of(find_media([tmp_path / "sub" / "a.mp4"])) == ["a.mp4"]


def test_of_several_paths_each_folders_files_are_named_below_it(tmp_path: Path) -> None:
    fill(tmp_path, "x/a.mp4", "y/a.mp4", "b.mp4")
    found = find_media([tmp_path / "x", tmp_path / "y", tmp_path / "b.mp4"])
    assert names_of(found) == ["x/a.mp4", "y/a.mp4", "b.mp4"]


def test_a_folder_given_as_a_dot_has_its_own_name_beside_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "x/a.mp4", "b.mp4")
    monkeypatch.chdir(tmp_path / "x")
    assert names_of(find_media([Path("."), Path("../b.mp4")])) == ["x/a.mp4", "b.mp4"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "x/a.mp4", "y/a.mp4")
    with pytest.raises(InputError, match="'a.mp4' is the same name as .*x/a.mp4"):
        find_media([tmp_path / "x/a.mp4", tmp_path / "y/a.mp4"])


def test_outputs_of_an_earlier_job_are_never_inputs(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", f"{OUTPUT_FOLDER}/job/a.mp3", f"sub/{OUTPUT_FOLDER}/b.mp3")
    assert names_of(find_media([tmp_path])) == ["a.mp4"]


def test_the_folder_that_outputs_go_to_is_never_searched(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", "made/a.mp3")
    assert names_of(find_media([tmp_path], Selection(output_folder=tmp_path / "made"))) == ["a.mp4"]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ((), ("*.wav",), ["a.mp4", "sub/c.mp4"]),
        ((), ("sub/*",), ["a.mp4", "b.WAV"]),
        (("*.mp4",), (), ["a.mp4", "sub/c.mp4"]),
        (("*.MP4",), ("SUB/*",), ["a.mp4"]),
        (("*.dat",), (), ["sub/d.dat"]),
        (("*.dat", "a.*"), (), ["a.mp4", "sub/d.dat"]),
        (("sub/?.mp4",), (), ["sub/c.mp4"]),
        (("[ab].*",), (), ["a.mp4", "b.WAV"]),
    ],
)
def test_globs_say_what_is_taken(
    include: tuple[str, ...], exclude: tuple[str, ...], names: list[str], tmp_path: Path
) -> None:
    fill(tmp_path, "a.mp4", "b.WAV", "sub/c.mp4", "sub/d.dat")
    assert names_of(find_media([tmp_path], Selection(include, exclude))) == names


def test_files_that_globs_leave_out_are_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", "b.wav", "c.txt")
    assert find_media([tmp_path], Selection(("*.mp4",))).left_out == {"not included": 2}
    assert find_media([tmp_path], Selection((), ("*.wav",))).left_out == {
        "excluded": 1,
        "not media": 1,
    }


# Links


def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    fill(tmp_path, "shelf/a.mp4", "videos/b.mp4")
    (tmp_path / "videos/c.mp4").symlink_to(tmp_path / "shelf/a.mp4")
    (tmp_path / "videos/d").symlink_to(tmp_path / "shelf")
    assert names_of(find_media([tmp_path / "videos"])) == ["b.mp4", "c.mp4", "d/a.mp4"]


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_a_link_to_a_folder_above_isnt_followed(target: str, tmp_path: Path) -> None:
    fill(tmp_path, "a/b/c.mp4")
    (tmp_path / "a/b/loop").symlink_to(target)
    found = find_media([tmp_path / "a"])
    assert "b/c.mp4" in names_of(found)
    assert found.left_out["a loop of links"] == 1


def test_a_link_to_itself_is_left_out_or_refused_by_its_name(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    (tmp_path / "loop").symlink_to("loop")
    assert find_media([tmp_path]).left_out == {"not media": 1}
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    assert bad_of(find_media([tmp_path])) == {"loop.mp4": "Too many levels of symbolic links"}


def test_a_link_to_nothing_is_refused_when_it_would_be_media(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    assert names_of(find_media([tmp_path])) == ["a.mp4"]
    (tmp_path / "gone.mp4").symlink_to("nowhere")
    found = find_media([tmp_path])
    assert (names_of(found), bad_of(found)) == (
        ["a.mp4"],
        {"gone.mp4": "No such file or directory"},
    )


def test_a_tree_may_be_deeper_than_pythons_calls(tmp_path: Path) -> None:
    name = "d/" * 200 + "a.mp4"
    fill(tmp_path, name)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        assert names_of(find_media([tmp_path])) == [name]
    finally:
        sys.setrecursionlimit(limit)


# What can't be encoded


def test_a_path_that_doesnt_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't read '.*/gone': No such file") as raised:
        find_media([tmp_path / "gone"])
    assert raised.value.exit_code is ExitCode.ERROR
    assert raised.value.hint == "check the path"


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no media in .*: it's empty"):
        find_media([tmp_path])


def test_a_folder_without_media_is_told_with_what_is_in_it(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.doc", ".c.mp4")
    with pytest.raises(InputError, match="no media in .*: 1 hidden, 2 not media") as raised:
        find_media([tmp_path])
    assert "--include" in raised.value.hint


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    fill(tmp_path, "b.mp4", content=b"")
    found = find_media([tmp_path])
    assert (names_of(found), bad_of(found)) == (["a.mp4"], {"b.mp4": "it's empty (0 bytes)"})
    with pytest.raises(InputError, match=r"1 file can't be encoded: 'b.mp4': it's empty \(0 bytes"):
        find_media([tmp_path / "b.mp4"])
    assert names_of(find_media([tmp_path], Selection(exclude=("b.*",)))) == ["a.mp4"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"#EXTM3U\n#EXTINF:1,\n/etc/a.ts\n", "a playlist that names other files"),
        (b"ffconcat version 1.0\nfile a.ts\n", "a script that names other files"),
        (b"ID3\4\0\0\0\0\x10\0" + bytes(2048) + b"#EXTM3U\n", "a playlist that names other files"),
    ],
)
def test_a_playlist_is_refused_whatever_it_is_called_unless_asked_for(
    content: bytes, kind: str, tmp_path: Path
) -> None:
    fill(tmp_path, "a.mp4")
    fill(tmp_path, "b.mp4", "c/d.mp3", content=content)

    found = find_media([tmp_path])
    assert names_of(found) == ["a.mp4"]
    assert bad_of(found) == {"b.mp4": f"it's {kind}", "c/d.mp3": f"it's {kind}"}
    with pytest.raises(InputError, match=f"'b.mp4': it's {kind}"):
        find_media([tmp_path / "b.mp4"])
    asked = Selection(playlists=True)
    assert names_of(find_media([tmp_path], asked)) == ["a.mp4", "b.mp4", "c/d.mp3"]


def test_a_file_that_is_larger_than_any_playlist_isnt_looked_into(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", content=b"#EXTM3U\n".ljust(LARGEST_PLAYLIST + 1))
    assert names_of(find_media([tmp_path])) == ["a.mp4"]
    os.truncate(tmp_path / "a.mp4", LARGEST_PLAYLIST)
    with pytest.raises(InputError, match="'a.mp4': it's a playlist"):
        find_media([tmp_path])


def test_an_excluded_folder_is_not_even_opened(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "empty.mp4").touch()  # would be refused, were it seen
    (tmp_path / "a.mp4").write_text("film")

    found = find_media([tmp_path], Selection(exclude=("raw",)))

    assert names_of(found) == ["a.mp4"]
    assert found.left_out == {"excluded": 1}


def test_a_file_that_cant_be_read_is_refused(
    tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    fill(tmp_path, "a.mp4", "b.mp4")
    (tmp_path / "b.mp4").chmod(0)
    with as_nobody():
        assert bad_of(find_media([Path(".")])) == {"b.mp4": "Permission denied"}


def test_a_folder_that_cant_be_read_is_refused(
    tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    fill(tmp_path, "a.mp4", "closed/b.mp4")
    (tmp_path / "closed").chmod(0)
    with as_nobody():
        bad = bad_of(find_media([Path(".")]))
    assert bad == {"closed": "the folder can't be read: Permission denied"}


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    for path in (tmp_path, tmp_path / "a.mp4"):
        with pytest.raises(InputError, match="'a.mp4': not a regular file"):
            find_media([path])


def test_a_name_that_isnt_text_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")).write_bytes(b"media")
    bad = bad_of(find_media([tmp_path]))
    assert bad == {"caf\\udce9.mp4": "its name isn't valid UTF-8"}


def test_all_problems_are_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number}.mp4" for number in range(5)), content=b"")
    with pytest.raises(InputError, match="5 files can't be encoded: '0.mp4'.*; and 2 more$"):
        find_media([tmp_path])


# What each file becomes


# What is carried along


def test_files_that_match_are_carried_along_and_no_others(tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", "a.srt", "b/c.SRT", "b/note.txt", "b/._c.srt", "x/d.mp3")
    found = find_media([tmp_path], Selection(carry=("*.srt", "*.mp3", "*.mov")))
    # What is taken as a source isn't carried as well.
    assert names_of(found) == ["a.mov", "x/d.mp3"]
    assert [file.relative for file in found.carried] == ["a.srt", "b/c.SRT"]
    assert found.left_out == {"not media": 1, "hidden": 1}


def test_media_that_isnt_wanted_can_be_carried(tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", "a.mp3")
    found = find_media([tmp_path], Selection(exclude=("*.mp3",), carry=("*.mp3",)))
    assert (names_of(found), [file.relative for file in found.carried]) == (["a.mov"], ["a.mp3"])


def test_of_a_file_those_beside_it_are_carried_that_begin_with_its_stem(tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", "a.srt", "a.en.srt", "ab.srt", "b.srt", "a.txt")
    found = find_media([tmp_path / "a.mov"], Selection(carry=("*.srt",)))
    assert [file.relative for file in found.carried] == ["a.en.srt", "a.srt"]


# What a list names


def test_listed_files_are_called_by_their_path_below_the_list(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.mov", "in/b/c.dat", "d.mov", "in/a.srt")
    paths = [tmp_path / "in/a.mov", tmp_path / "in/b/c.dat", tmp_path / "in/../d.mov"]
    found = find_listed([*paths, paths[0]], tmp_path / "in", Selection(carry=("*.srt",)))
    assert names_of(found) == ["a.mov", "b/c.dat", "d.mov"]
    assert [file.relative for file in found.carried] == ["a.srt"]


def test_listed_files_that_cant_be_encoded_dont_stop_the_others(tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", "x/a.mov", "y/a.mov")
    paths = [tmp_path / "gone.mov", tmp_path, tmp_path / "x/a.mov"]
    found = find_listed(paths, tmp_path, Selection())
    assert names_of(found) == ["x/a.mov"]
    assert bad_of(found) == {"gone.mov": "No such file or directory", ".": "not a regular file"}
    with pytest.raises(InputError, match="1 file can't be encoded: 'gone.mov': No such file"):
        find_listed(paths[:1], tmp_path, Selection())
    with pytest.raises(InputError, match="several files would have one name: 'a.mov' is the same"):
        find_listed([tmp_path / "x/a.mov", tmp_path / "y/a.mov"], tmp_path / "z", Selection())


# What is often there by mistake


@pytest.mark.parametrize(
    "folder",
    ["@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "System Volume Information", "@Recycle"],
)
def test_folders_of_storage_devices_and_bins_are_left_out(folder: str, tmp_path: Path) -> None:
    fill(tmp_path, "a.mov", f"{folder}/b.mov", f"x/{folder}/c/d.mov")
    found = find_media([tmp_path])
    assert (names_of(found), found.left_out) == (["a.mov"], {"a system folder": 2})
    assert names_of(find_media([tmp_path / folder])) == ["b.mov"]


def test_typescript_isnt_taken_for_a_transport_stream(tmp_path: Path) -> None:
    fill(tmp_path, "index.ts", "x.mts", content="export const é = 1;\n".encode())
    fill(tmp_path, "a.ts", content=b"\x47\x40\x00\x10\x00" + b"\xff" * 183)
    fill(tmp_path, "broken.ts", content=b"\0\1\2")
    found = find_media([tmp_path])
    assert (names_of(found), found.left_out) == (["a.ts", "broken.ts"], {"not media": 2})
    assert "index.ts" in names_of(find_media([tmp_path], Selection(include=("*.ts",))))


def test_with_several_paths_globs_match_below_each_folder(tmp_path: Path) -> None:
    fill(tmp_path, "videos/raw/a.mov", "videos/b.mov", "talk.mov")
    paths = [tmp_path / "videos", tmp_path / "talk.mov"]
    found = find_media(paths, Selection(exclude=("raw/*",)))
    assert names_of(found) == ["videos/b.mov", "talk.mov"]
    assert names_of(find_media(paths, Selection(include=("raw/*",)))) == ["videos/raw/a.mov"]


def test_a_file_that_is_given_twice_is_taken_once(tmp_path: Path) -> None:
    fill(tmp_path, "videos/a.mov", "videos/b.mov")
    videos = tmp_path / "videos"
    found = find_media([videos, videos / "a.mov", videos / "../videos/b.mov", videos])
    assert (names_of(found), found.left_out) == (
        ["videos/a.mov", "videos/b.mov"],
        {"given twice": 4},
    )
    once = find_media([videos / "a.mov", videos / "a.mov"])
    assert names_of(once) == ["a.mov"]


def test_globs_that_match_nothing_are_told(tmp_path: Path) -> None:
    fill(tmp_path, "raw/a.mov", "b.mov", "b.srt")
    found = find_media(
        [tmp_path],
        Selection(include=("*.MOV", "*.mxf"), exclude=("raw", "it's/*"), carry=("*.srt", "*.vtt")),
    )
    assert found.unmatched == ("--include '*.mxf'", """--exclude 'it'"'"'s/*'""", "--carry '*.vtt'")


def test_globs_are_expanded_where_the_shell_leaves_that_to_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "b.mov", "a.mov", "[x].mov", "notes.txt")
    monkeypatch.chdir(tmp_path)
    given = ["*.mov", "none*.mov", "[x].mov", "notes.txt"]
    assert expanded(given, by_us=True) == [
        *(Path("[x].mov"), Path("a.mov"), Path("b.mov")),
        *(Path("none*.mov"), Path("[x].mov"), Path("notes.txt")),
    ]
    assert expanded(given, by_us=False) == [Path(text) for text in given]
