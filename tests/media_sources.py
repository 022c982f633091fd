"""Media files of many kinds, as people have them: each is made by ffmpeg when a test asks for it.

Most are 4 s of 96x64 at 25 fps: black, but for a flash and a beep at 1.0 s and at 3.0 s.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

CLIPS = Path(__file__).parent / "clips"
MediaSource = Callable[[str], Path]

_FLASH = (
    "-f lavfi -i \"color=black:s=96x64:r=25:d=4,drawbox=c=white:t=fill:enable='between(t,1,1.19)"
    "+between(t,3,3.19)'\""
)
_BEEP = (
    "-f lavfi -i \"aevalsrc='0.5*sin(2*PI*1000*t)*(between(t,1,1.2)+between(t,3,3.2))':s=48000"
    ':d=4"'
)
_X264 = "-c:v libx264 -preset ultrafast -crf 18 -pix_fmt yuv420p -g 25"
_HDR10 = (
    "log-level=none:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:"
    "colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
    "L(10000000,50):max-cll=1000,400"
)
_HLG = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
_BT2020 = "format=yuv420p10le,setparams=color_primaries=bt2020:colorspace=bt2020nc:color_trc="
_DROP = "noise=drop=1"

# What each is made by; {name} is another of them.
_COMMANDS = {
    "base.mp4": f"{_FLASH} {_BEEP} {_X264} -c:a aac -shortest",
    "faststart.mp4": f"{_FLASH} {_BEEP} {_X264} -crf 1 -c:a aac -b:a 128k -movflags +faststart",
    "rotated.mp4": "-display_rotation 90 -i {base.mp4} -c copy",
    "vfr.mp4": f"{_FLASH} {_BEEP} -vf fps=50,select='if(lt(t\\,2)\\,not(mod(n\\,5))\\,1)' "
    f"-fps_mode vfr {_X264} -c:a aac",
    "cover.jpg": "-f lavfi -i testsrc=s=80x80:d=0.04 -frames:v 1",
    "cover.flac": "-f lavfi -i sine=d=3 -i {cover.jpg} -map 0 -map 1 -c:v copy "
    "-disposition:v attached_pic -metadata title=Song -metadata artist=Band",
    "cover.m4a": "-f lavfi -i sine=d=3 -i {cover.jpg} -map 0 -map 1 -c:v copy "
    "-disposition:v attached_pic -metadata title=Song -metadata artist=Band",
    "poster-first.mp4": "-i {cover.jpg} -i {base.mp4} -map 0:v -map 1:v -map 1:a -c copy",
    "subtitles.mkv": "-i {base.mp4} -i {lines.srt} -i {lines.srt} -map 0 -map 1 -map 2 -c copy "
    "-c:s:1 ass -metadata:s:s:0 language=eng -metadata:s:s:1 language=fre "
    "-metadata:s:s:1 title=Forced -disposition:s:1 forced",
    "chapters.mkv": "-i {base.mp4} -i {chapters.txt} -map_metadata 1 -map 0 -c copy",
    "tracks.mkv": f"-f lavfi -i testsrc=s=96x64:d=3 -f lavfi -i "
    f'"sine=880:d=3,pan=5.1|c0=c0|c1=c0|c2=c0|c4=c0|c5=c0" '
    f'-f lavfi -i "sine=440:d=3,pan=stereo|c0=c0|c1=c0" -f lavfi -i sine=220:d=3 '
    f"-map 0 -map 1 -map 2 -map 3 {_X264} -c:a:0 ac3 -c:a:1 aac -c:a:2 aac "
    f"-metadata:s:a:0 language=fre -metadata:s:a:1 language=eng -metadata:s:a:2 language=und "
    f"-metadata:s:a:2 title=Commentary -disposition:a:0 0 -disposition:a:1 default "
    f"-disposition:a:2 comment",
    "hdr10.mkv": f"-f lavfi -i testsrc=s=96x64:d=1 -vf {_BT2020}smpte2084 -c:v libx265 "
    f'-x265-params "{_HDR10}"',
    "hlg.mov": f"-f lavfi -i testsrc=s=96x64:d=1 -vf {_BT2020}arib-std-b67 -c:v libx265 "
    f'-x265-params "{_HLG}" -tag:v hvc1',
    "rgb.mov": '-f lavfi -i "color=red:s=96x64:d=1,format=rgb24" -c:v png',
    "anamorphic.mpg": "-f lavfi -i testsrc=s=90x72:d=1:r=25 -vf setsar=64/45 -c:v mpeg2video",
    "interlaced.mpg": "-f lavfi -i testsrc2=s=96x64:r=50:d=2 "
    "-vf tinterlace=interleave_top,setfield=tff -c:v mpeg2video -flags +ilme+ildct -q:v 2 -r 25",
    "prores.mov": "-f lavfi -i color=red@0.5:s=96x64:d=1,format=yuva444p10le -c:v prores_ks "
    "-profile:v 4444",
    "7.1.flac": '-f lavfi -i "sine=d=2,pan=7.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0|SL=c0|SR=c0"',
    "12channels.mov": "-f lavfi -i \"aevalsrc='" + "|".join(["0.1*sin(2764*t)"] * 12) + "':d=2"
    ':s=48000" -c:a pcm_s16le',
    "dual-mono.mxf": f"-f lavfi -i testsrc=s=96x64:d=2 -f lavfi -i sine=d=2:r=48000 "
    f"-f lavfi -i sine=880:d=2:r=48000 -map 0 -map 1 -map 2 {_X264} -c:a pcm_s24le",
    "late-audio.mp4": "-i {base.mp4} -itsoffset 1 -ss 1 -i {base.mp4} -map 0:v -map 1:a -c copy",
    "late-audio.mkv": "-i {base.mp4} -itsoffset 1 -ss 1 -i {base.mp4} -map 0:v -map 1:a -c copy",
    "alpha.webm": "-f lavfi -i color=red@0.5:s=96x64:d=1,format=yuva420p -c:v libvpx-vp9 "
    "-deadline realtime -pix_fmt yuva420p",
    "late.mkv": "-itsoffset 1.5 -i {base.mp4} -c copy",
    "film.wmv": "-i {base.mp4} -c:v wmv2 -c:a wmav2",
    "late-video.mkv": "-itsoffset 1 -i {base.mp4} -i {base.mp4} -map 0:v -map 1:a -c copy",
    "empty-audio.mkv": f"-i {{base.mp4}} -map 0:v -map 0:a -map 0:a -c copy -bsf:a:1 {_DROP}",
    "empty-audio.mp4": f"-i {{base.mp4}} -map 0:v -map 0:a -map 0:a -c copy -bsf:a:1 {_DROP} "
    "-movflags frag_keyframe+empty_moov",
    "empty-video.mkv": f"-i {{base.mp4}} -c copy -bsf:v {_DROP}",
    "fragments.mp4": "-i {faststart.mp4} -c copy -movflags frag_keyframe+empty_moov",
    "timecode.mov": "-i {base.mp4} -c copy -timecode 01:00:00:00",
    "film.ts": "-i {base.mp4} -c copy",
    "wrap.ts": "-i {base.mp4} -c copy -output_ts_offset 95441.7 -muxdelay 0",
    "film.mkv": "-i {faststart.mp4} -c copy",
    "film.flv": "-i {base.mp4} -c copy",
    "film.avi": f"{_FLASH} {_BEEP} -c:v mpeg4 -bf 2 -q:v 3 -vtag XVID -c:a libmp3lame",
    "live.webm": f"{_FLASH} {_BEEP} -c:v libvpx -deadline realtime -c:a libopus -live 1",
    "two.mp3": "-f lavfi -i sine=440:d=2 -q:a 4",
    "three.mp3": "-f lavfi -i sine=880:d=3 -q:a 4",
    "tags.ogg": "-f lavfi -i sine=d=2 -c:a libvorbis -metadata title=Song -metadata artist=Band",
    "phone.mov": "-i {base.mp4} -c copy -movflags use_metadata_tags "
    "-metadata com.apple.quicktime.make=Make -metadata creation_time=2024-05-06T07:08:09Z",
    "edit-list.mp4": "-ss 1.5 -i {base.mp4} -c copy",
    "short-audio.mkv": "-i {base.mp4} -t 2 -i {base.mp4} -map 0:v -map 1:a -c copy",
    "long-subtitles.mkv": "-i {base.mp4} -i {long.srt} -map 0 -map 1 -c copy",
    "sound.wav": "-f lavfi -i sine=d=4 -c:a pcm_s16le",
    "piped.wav": "-f lavfi -i sine=d=4 -c:a pcm_s16le -f wav",
    "sound.flac": "-f lavfi -i sine=d=4 -c:a flac",
    "sound.aiff": "-f lavfi -i sine=d=4",
    "attached.mkv": "-i {base.mp4} -attach {lines.srt} -metadata:s:t mimetype=text/plain -c copy",
}
_TEXTS = {
    "lines.srt": "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n"
    "2\n00:00:03,000 --> 00:00:03,800\nYou\n",
    "long.srt": "1\n00:00:01,000 --> 00:01:02,000\nHello\n",
    "chapters.txt": ";FFMETADATA1\ntitle=Film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2000\n"
    "title=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=2000\nEND=4000\ntitle=Two\n",
    "text.mp3": "hello text",
    "concat.mp4": "ffconcat version 1.0\nfile 'base.mp4'\n",
    "bare-concat.mp4": "# a list\nfile 'base.mp4'\n",
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nbase.mp4\n",
}
# Parts of others: where they begin and end, as shares.
_PARTS = {
    "cut.mp4": ("faststart.mp4", 0, 0.6),
    "cut-index.mp4": ("base.mp4", 0, 0.95),
    "no-index.mp4": ("base.mp4", 0, 0.5),
    "cut-fragments.mp4": ("fragments.mp4", 0, 0.6),
    "cut.mkv": ("film.mkv", 0, 0.6),
    "cut.wav": ("sound.wav", 0, 0.5),
    "cut.flac": ("sound.flac", 0, 0.5),
    "cut.aiff": ("sound.aiff", 0, 0.5),
    "cut.avi": ("film.avi", 0, 0.5),
    "cut.mp3": ("three.mp3", 0, 0.5),
    "cut.wmv": ("film.wmv", 0, 0.5),
    "cut.mxf": ("dual-mono.mxf", 0, 0.5),
}
_ALL = {"joined.mp3": ("two.mp3", "three.mp3"), "picture.mp4": ("cover.jpg",)}


class _Workshop:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> Path:
        """Return a source by its name in the tables above."""
        path = self._folder / name
        if not path.exists():
            self._make(name, path)
        return path

    def _make(self, name: str, path: Path) -> None:
        if name in _TEXTS:
            path.write_text(_TEXTS[name])
        elif name in _ALL:
            path.write_bytes(b"".join(self(part).read_bytes() for part in _ALL[name]))
        elif name in _PARTS:
            of, start, end = _PARTS[name]
            data = self(of).read_bytes()
            path.write_bytes(data[int(len(data) * start) : int(len(data) * end)])
        elif name == "mid-gop.ts":
            path.write_bytes(self("film.ts").read_bytes()[188 * 40 :])
        elif name == "damaged.mp4":
            spoilt = bytearray(self("faststart.mp4").read_bytes())
            middle = len(spoilt) // 2
            spoilt[middle : middle + 2500] = bytes(each % 251 for each in range(7, 2507))
            path.write_bytes(spoilt)
        else:
            self._run(name, path)

    def _run(self, name: str, path: Path) -> None:
        words = shlex.split(_COMMANDS[name])
        words = [str(self(each[1:-1])) if each.startswith("{") else each for each in words]
        ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *words]
        if name == "piped.wav":
            made = subprocess.run([*ffmpeg, "-"], capture_output=True, check=True)
            path.write_bytes(made.stdout)
            return
        ended = subprocess.run([*ffmpeg, f"file:{path}"], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="session")
def media_source(tmp_path_factory: pytest.TempPathFactory) -> MediaSource:
    """Makes a source when it's first asked for; one folder for each worker."""
    return _Workshop(tmp_path_factory.mktemp("sources"))


EVERY_SOURCE = (
    *(name for name in _COMMANDS),
    *_PARTS,
    *_ALL,
    "mid-gop.ts",
    "damaged.mp4",
    *(name for name in _TEXTS if name.endswith((".mp3", ".mp4"))),
)
