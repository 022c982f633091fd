"""The list of demuxers, held against those that real ffmpegs have."""

from __future__ import annotations

import re
import subprocess
from importlib import resources
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.ffmpeg.demuxers import encode_script, join_script, media_demuxers

# As in ` D  mov,mp4,m4a,3gp,3g2,mj2 QuickTime / MOV`; from 7 on a `d` more says that it's a device.
_DEMUXER = re.compile(r"^ D[ E]([ d]?) +(\S+)", re.MULTILINE)

READ_MORE_THAN_THEIR_FILE = """
    applehttp avisynth bluray concat dash dvdvideo ffmetadata hls image2 imf lavfi libcdio rtp rtsp
    sap sbg sdp svg_pipe tee vapoursynth vobsub webm_dash_manifest
    alsa avfoundation decklink dshow fbdev gdigrab iec61883 jack kmsgrab libdc1394 openal oss pulse
    sndio v4l2 video4linux2 x11grab xcbgrab
"""
TAKE_ANY_TEXT = "adf bin data idf tty xbin"


def demuxers_of(ffmpeg: Path) -> dict[str, bool]:
    """Return the names of an ffmpeg's demuxers, and whether each is a device."""
    arguments = [str(ffmpeg), "-nostdin", "-hide_banner", "-demuxers"]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    found = _DEMUXER.findall(said)
    return {name: mark == "d" for mark, names in found for name in names.split(",")}


def test_each_name_is_once_there_and_in_order() -> None:
    names = media_demuxers()

    assert len(set(names)) == len(names) > 300
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


@pytest.mark.parametrize("name", (READ_MORE_THAN_THEIR_FILE + TAKE_ANY_TEXT).split())
def test_what_reads_more_than_its_file_is_left_out(name: str) -> None:
    assert name not in media_demuxers()


def test_no_device_is_taken_and_the_usual_containers_are(ffmpeg: Path) -> None:
    theirs = demuxers_of(ffmpeg)

    assert not {name for name, device in theirs.items() if device} & set(media_demuxers())
    usual = {"aac", "avi", "flac", "matroska", "mov", "mp3", "mpegts", "mxf", "ogg", "wav"}
    assert usual <= set(theirs) & set(media_demuxers())


def test_each_name_is_known_to_a_real_ffmpeg(ffmpeg: Path) -> None:
    newest = demuxers_of(Path(imageio_ffmpeg.get_ffmpeg_exe()))
    unknown = set(media_demuxers()) - set(newest) - set(demuxers_of(ffmpeg))

    # What a build has depends on its libraries.
    assert unknown <= {"libgme", "libopenmpt"}


def test_the_script_has_the_names_in_their_place() -> None:
    script = encode_script().decode()

    assert f"\nformats={','.join(media_demuxers())}  #" in script
    assert "MEDIA_DEMUXERS" not in script


def test_the_scripts_have_their_parts_in_their_places() -> None:
    scripts = [encode_script().decode(), join_script().decode()]
    folder = resources.files("batchff.node") / "encode"
    parts = [part.read_text("utf-8") for part in folder.iterdir() if part.name.endswith(".sh")]

    found = [[script.count(part) for part in parts] for script in scripts]
    assert len(parts) > 3
    assert all(max(counts) == 1 for counts in zip(*found, strict=True))
    assert not any(re.search(r"(?m)^\. ", script) for script in scripts)
