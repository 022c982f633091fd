from __future__ import annotations

import inspect
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import ExitCode, InputError
from batchff.ffmpeg.playlists import LARGEST_PLAYLIST
from batchff.ffmpeg.presets import Preset, load_preset
from batchff.model.items import Item, ItemTask, Output
from batchff.pipeline.names import OUTPUT_FOLDER, blob_path, task_id
from batchff.pipeline.plan import Found, Selection, find_media, plan_items

NOBODY = 65534


def fill(folder: Path, *names: str, content: bytes = b"media") -> Path:
    """Make files below a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def names_of(found: Found) -> list[str]:
    return [source.relative for source in found.sources]


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


def test_of_several_paths_each_folders_files_stand_under_its_name(tmp_path: Path) -> None:
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
    with pytest.raises(InputError, match="'a.mp4': the same name as .*x/a.mp4"):
        find_media([tmp_path / "x/a.mp4", tmp_path / "y/a.mp4"])


def test_outputs_of_an_earlier_job_are_never_inputs(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", f"{OUTPUT_FOLDER}/job/a.mp3", f"sub/{OUTPUT_FOLDER}/b.mp3")
    assert names_of(find_media([tmp_path])) == ["a.mp4"]


def test_the_folder_that_outputs_go_to_is_never_searched(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4", "made/a.mp3")
    assert names_of(find_media([tmp_path], Selection(home=tmp_path / "made"))) == ["a.mp4"]


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
    with pytest.raises(InputError, match="'loop.mp4': Too many levels of symbolic links"):
        find_media([tmp_path])


def test_a_link_to_nothing_is_refused_when_it_would_be_media(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    assert names_of(find_media([tmp_path])) == ["a.mp4"]
    (tmp_path / "gone.mp4").symlink_to("nowhere")
    with pytest.raises(InputError, match="'gone.mp4': No such file or directory"):
        find_media([tmp_path])


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
    with pytest.raises(InputError, match=r"1 file can't be encoded: 'b.mp4': it's empty \(0 bytes"):
        find_media([tmp_path])
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

    with pytest.raises(InputError) as raised:
        find_media([tmp_path])

    assert raised.value.message == (
        f"2 files can't be encoded: 'b.mp4': it's {kind}; 'c/d.mp3': it's {kind}"
    )
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
    with as_nobody(), pytest.raises(InputError, match="'b.mp4': Permission denied"):
        find_media([Path(".")])


def test_a_folder_that_cant_be_read_is_refused(
    tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    fill(tmp_path, "a.mp4", "closed/b.mp4")
    (tmp_path / "closed").chmod(0)
    with as_nobody(), pytest.raises(InputError, match="'closed': Permission denied"):
        find_media([Path(".")])


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    for path in (tmp_path, tmp_path / "a.mp4"):
        with pytest.raises(InputError, match="'a.mp4': not a regular file"):
            find_media([path])


def test_a_name_that_isnt_text_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp4")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")).write_bytes(b"media")
    with pytest.raises(InputError, match=r"caf\\udce9.mp4': its name isn't valid UTF-8"):
        find_media([tmp_path])


def test_all_problems_are_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number}.mp4" for number in range(5)), content=b"")
    with pytest.raises(InputError, match="5 files can't be encoded: '0.mp4'.*; and 2 more$"):
        find_media([tmp_path])


# What each file becomes

WILD_NAMES = [
    "two words.mp4",
    "it's.mp4",
    'say "cheese".mp4',
    "$(touch x).mp4",
    "`touch x`.mp4",
    "a;b.mp4",
    "100%.mp4",
    "%41.mp4",
    "#1.mp4",
    "a&b.mp4",
    "a?b.mp4",
    "a+b.mp4",
    "a\\b.mp4",
    "two\nlines.mp4",
    "\x1b[31mred.mp4",
    "-nostdin.mp4",
    "--.mp4",
    " .mp4",
    "a.b.mp4",
    "a..mp4",
    unicodedata.normalize("NFC", "café.mp4"),
    unicodedata.normalize("NFD", "café.mp4"),
    "🎬.mp4",
    "映画.mp4",
    "x" * 196 + ".mp4",
    "ü" * 98 + ".mp4",
]


@pytest.fixture
def mp3() -> Preset:
    return load_preset("mp3")


def plan_of(relatives: list[str], preset: Preset) -> tuple[Item, ...]:
    files = [(relative, 1) for relative in relatives]
    return plan_items(files, input_set="videos", job="job", preset=preset)


def test_wild_names_are_found_and_kept_to_the_letter(tmp_path: Path, mp3: Preset) -> None:
    fill(tmp_path, *WILD_NAMES)
    found = find_media([tmp_path])
    assert sorted(names_of(found)) == sorted(WILD_NAMES)
    items = {item.relative: item for item in plan_of(names_of(found), mp3)}
    for name in WILD_NAMES:
        assert items[name].input_blob == f"videos/{blob_path(name)}"
        output = f"{name.removesuffix('.mp4')}.mp3"
        assert items[name].outputs[0].blob == f"job/media/{blob_path(output)}"
    ids = {item.tasks[0].id.lower() for item in items.values()}
    assert len(ids) == len(WILD_NAMES)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id_) for id_ in ids)


def test_an_item_says_what_a_file_is_called_everywhere(mp3: Preset) -> None:
    (item,) = plan_of(["a/Clip 1.b.MOV"], mp3)
    assert item == Item(
        relative="a/Clip 1.b.MOV",
        size=1,
        input_blob="videos/a/Clip 1.b.MOV",
        outputs=(Output("a/Clip 1.b.mp3", "job/media/a/Clip 1.b.mp3"),),
        tasks=(ItemTask(task_id("a/Clip 1.b.MOV"), makes=(0,)),),
    )


def test_two_sources_of_one_output_are_refused(mp3: Preset) -> None:
    with pytest.raises(InputError) as raised:
        plan_of(["a.mov", "b.mp4", "a.mp4"], mp3)
    assert raised.value.message == (
        "several files would write the same output: 'a.mov' and 'a.mp4' → 'a.mp3'"
    )
    assert raised.value.hint == "rename one, or leave one out with --exclude"


def test_files_of_one_name_in_two_folders_dont_collide(mp3: Preset) -> None:
    outputs = [item.outputs[0].blob for item in plan_of(["x/a.mp4", "y/a.mp4"], mp3)]
    assert outputs == ["job/media/x/a.mp3", "job/media/y/a.mp3"]


def test_an_output_that_is_the_folder_of_another_is_refused(mp3: Preset) -> None:
    with pytest.raises(InputError, match="'a.mov' and 'a.mp3/b.mov' → 'a.mp3'"):
        plan_of(["a.mov", "a.mp3/b.mov"], mp3)


@pytest.mark.parametrize(
    ("length", "fits"), [(1024 - len("job/media/"), True), (1025 - len("job/media/"), False)]
)
def test_a_path_has_to_fit_into_a_blobs_name(length: int, fits: bool, mp3: Preset) -> None:
    relative = "d/" * 100 + "x" * (length - 204) + ".mp4"
    if fits:
        assert len(plan_of([relative], mp3)[0].outputs[0].blob) == 1024
    else:
        with pytest.raises(InputError, match="too long for a blob's name"):
            plan_of([relative], mp3)


relatives = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1),
    min_size=1,
    max_size=4,
).map("/".join)


@given(st.lists(relatives, unique=True, max_size=20), st.sampled_from(["mp3", "h264"]))
def test_every_item_of_a_plan_has_an_output_and_a_task_of_its_own(
    names: list[str], preset: str
) -> None:
    try:
        items = plan_of(names, load_preset(preset))
    except InputError:
        return
    distinct: list[Callable[[Item], str]] = [
        lambda item: item.tasks[0].id.lower(),
        lambda item: item.input_blob,
        lambda item: item.outputs[0].blob,
    ]
    for name_of in distinct:
        assert len({name_of(item) for item in items}) == len(names)
