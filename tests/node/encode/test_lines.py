"""Lines of every format that makes several files: all of them are kept, and playlists name them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchff.ffmpeg.line_recipe import line_recipe
from batchff.node.manifest import parse_manifest
from tests.ffmpeg_programs import one_ffmpeg
from tests.node.encode.recipes import files_below
from tests.node.test_encode import Node

PICTURE = "-c:v libx264 -preset ultrafast -g 25 -c:a aac"
LINES = {
    "hls": f"{PICTURE} -hls_time 1 a.m3u8",
    "hls-fmp4": f"{PICTURE} -hls_time 1 -hls_segment_type fmp4 x/a.m3u8",
    "hls-one-file": f"{PICTURE} -hls_time 1 -hls_flags single_file a.m3u8",
    "hls-one-fmp4": f"{PICTURE} -hls_flags single_file -hls_segment_type fmp4 a.m3u8",
    "hls-encrypted": f"{PICTURE} -hls_enc 1 -hls_enc_key 0123456789abcdef0123456789abcdef a.m3u8",
    "hls-elsewhere": f"{PICTURE} -hls_base_url s/ -hls_segment_filename s/%d.ts a.m3u8",
    "hls-variants": f"-map 0:v -map 0:v -map 0:a {PICTURE} -master_pl_name m.m3u8 -hls_time 1 "
    "-var_stream_map v:0,agroup:s_v:1,agroup:s_a:0,agroup:s v%v/p.m3u8",
    "dash": f"{PICTURE} -seg_duration 1 x/a.mpd",
    "dash-one-file": f"{PICTURE} -single_file 1 a.mpd",
    "dash-webm": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus "
    "-dash_segment_type webm a.mpd",
    "dash-and-hls": f"{PICTURE} -seg_duration 1 -hls_playlist 1 a.mpd",
    "segment": f"{PICTURE} -f segment -segment_time 1 -segment_list x/l.m3u8 x/%d.ts",
    "segment-csv": f"{PICTURE} -f segment -segment_time 1 -segment_list l.csv %d.mp4",
    "stream-segment": f"{PICTURE} -f stream_segment -segment_time 1 %d.ts",
    "image2": "-vf fps=4 -f image2 p%d.jpg",
    "image2-webp": "-vf fps=4 -c:v libwebp p%d.webp",
    "tee": f"-map 0 {PICTURE} -flags +global_header -f tee "
    "a.mp4|[f=mpegts]b.ts|[f=hls:hls_time=1]h/c.m3u8|[f=null]-",
    "several": f"{PICTURE} a.mkv -vn b.mp3 -an -r 1 p%d.png",
}


@one_ffmpeg
@pytest.mark.parametrize("name", LINES)
def test_all_that_a_line_makes_is_kept_and_its_playlists_are_true(name: str, node: Node) -> None:
    words = [word.replace("_v:", " v:").replace("_a:", " a:") for word in LINES[name].split()]
    recipe, line = line_recipe(words)
    node.receive(recipe)

    code, said = node.encode("input.mp4", "-")

    assert code == 0, said
    assert "not kept" not in said and "not decoded" not in said
    made = files_below(node.made) - {"files.manifest"}
    kept = parse_manifest((node.made / "files.manifest").read_bytes())
    assert {file.path for file in kept} == made
    assert [
        each for each in made if not any(foretold.matches(each) for foretold in line.makes)
    ] == []
    for foretold in line.makes:
        assert not foretold.is_sure or any(map(foretold.matches, made)), foretold
    lists = [node.made / each for each in made if each.endswith((".m3u8", ".mpd", ".csv"))]
    assert all(named <= made for named in map(names_in, lists))
    assert bool(lists) is name.startswith(("hls", "dash", "segment", "tee"))


def names_in(file: Path) -> set[str]:
    """Return which files a playlist names, by their paths from the top."""
    text = file.read_text()
    if file.suffix == ".mpd":
        found = re.findall(r'initialization="([^"]+)"', text)
        numbers = re.findall(r'<Representation id="(\d+)"', text)
        found = [each.replace("$RepresentationID$", number) for each in found for number in numbers]
        found += re.findall(r"<BaseURL>(.*?)</BaseURL>", text)
    elif file.suffix == ".csv":
        found = [line.split(",")[0] for line in text.splitlines()]
    else:
        found = [line for line in text.splitlines() if line and not line.startswith("#")]
        found += re.findall(r'URI="([^"]+)"', text)
    assert found
    top = next(folder for folder in file.parents if folder.name == "made")
    return {str((file.parent / each).relative_to(top)) for each in found}
