"""Sources that make an ffmpeg read other files and addresses, if it is let."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.node.test_encode import make

_SOUND = ["-f", "lavfi", "-i", "sine=duration=1"]
_ID3_TAG = b"ID3\x04\x00\x00\x00\x00\x00\x19TIT2\x00\x00\x00\x0f\x00\x00\x03A quiet song.."


@dataclass(frozen=True, slots=True)
class Bait:
    """What a hostile source points at: another task's input, one of its own folder, an address.

    Each is called `name` and a suffix: `.ts`, `.mp4` or `.wav`.
    """

    elsewhere: Path
    beside: Path
    server: str

    def path(self, suffix: str = ".ts") -> str:
        return str(self.elsewhere.with_suffix(suffix))

    def relative(self, suffix: str = ".ts") -> str:
        """Return the way from where ffmpeg runs."""
        return f"../../../{self.elsewhere.parent.name}/{self.elsewhere.name}{suffix}"

    def url(self, suffix: str = ".ts") -> str:
        return f"{self.server}/bait{suffix}"

    def data(self) -> str:
        content = self.elsewhere.with_suffix(".ts").read_bytes()
        return "data:video/mp2t;base64," + base64.b64encode(content).decode()


def lay_bait(ffmpeg: Path, elsewhere: Path, beside: Path, server: str) -> Bait:
    """Make the files that nothing may read."""
    elsewhere.mkdir(parents=True, exist_ok=True)
    for suffix in (".ts", ".mp4", ".wav"):
        made = make(ffmpeg, elsewhere / f"bait{suffix}", *_SOUND)
        (beside / f"bait{suffix}").write_bytes(made.read_bytes())
    return Bait(elsewhere / "bait", beside / "bait", server)


def _hls(*segments: str, head: str = "") -> bytes:
    """Return a playlist of segments of a second each."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines += [head] if head else []
    lines += [line for segment in segments for line in ("#EXTINF:1.0,", segment)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()


def _master(child: str, *, head: str = "") -> bytes:
    stream = '#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="mp4a.40.2"'
    return "\n".join(["#EXTM3U", *([head] if head else []), stream, child, ""]).encode()


def _concat(*lines: str) -> bytes:
    return "\n".join(["ffconcat version 1.0", *lines, ""]).encode()


def _dash(representation: str, *, base: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011"
 type="static" mediaPresentationDuration="PT1S" minBufferTime="PT1S">{base}
<Period><AdaptationSet mimeType="audio/mp4" contentType="audio">
<Representation id="1" bandwidth="100000" codecs="mp4a.40.2">{representation}</Representation>
</AdaptationSet></Period></MPD>
""".encode()


def _sdp(bait: Bait) -> bytes:
    port = bait.server.rpartition(":")[2]
    return (
        f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=film\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"a=control:rtsp://127.0.0.1:{port}/film\r\nm=audio {port} RTP/AVP 14\r\n"
    ).encode()


def _imf(bait: Bait) -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">
<Id>urn:uuid:0eb3d1b9-b77b-4d3f-bbe5-7c69b15dca85</Id><ContentTitle>{bait.path(".mp4")}</ContentTitle>
<EditRate>25 1</EditRate><SegmentList></SegmentList></CompositionPlaylist>
""".encode()


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def _alias(path: str) -> bytes:
    """Return a `dref` whose one entry is a Macintosh alias of a file."""
    name = path.encode()
    name += b"\0" * (len(name) % 2)
    record = bytes(10) + bytes(28) + bytes(12) + bytes(64) + bytes(16)
    record += struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(name)) + name + struct.pack(">HH", 0xFFFF, 0)
    return _box(b"dref", struct.pack(">II", 0, 1) + _box(b"alis", bytes(4) + record))


def _outside_data(bait: Bait, reference: bytes) -> bytes:
    """Return a MOV without its media: those are in the bait, at the same places."""

    def rebuild(data: bytes) -> bytes:
        made, at = b"", 0
        while at < len(data):
            size, name = struct.unpack_from(">I4s", data, at)
            content = data[at + 8 : at + size]
            if name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
                made += _box(name, rebuild(content))
            elif name == b"dref":
                made += reference
            elif name != b"mdat":
                made += data[at : at + size]
            at += size
        return made

    return rebuild(Path(bait.path(".mp4")).read_bytes())


def _url_reference(url: str) -> bytes:
    entry = _box(b"url ", bytes(4) + url.encode() + b"\0")
    return _box(b"dref", struct.pack(">II", 0, 1) + entry)


def _segment_template(bait: Bait) -> bytes:
    whole = f"{bait.path('.mp4')}"
    return _dash(
        f'<SegmentTemplate duration="1" startNumber="1" initialization="{whole}" media="{whole}"/>'
    )


def _segment_list(url: str) -> bytes:
    return _dash(
        f'<SegmentList duration="1"><Initialization sourceURL="{url}"/>'
        f'<SegmentURL media="{url}"/></SegmentList>'
    )


_KEY = '#EXT-X-KEY:METHOD=AES-128,URI="{}",IV=0x00000000000000000000000000000000'
_MAP = '#EXT-X-MAP:URI="{}"'
_AUDIO = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="{}"'

HOSTILE: dict[str, tuple[str, Callable[[Bait], bytes]]] = {
    "hls-absolute": (".mp4", lambda bait: _hls(bait.path())),
    "hls-relative": (".mp4", lambda bait: _hls(bait.relative())),
    "hls-beside": (".mp4", lambda bait: _hls("bait.ts")),
    "hls-file-url": (".mp4", lambda bait: _hls(f"file://{bait.path()}")),
    "hls-file-colon": (".mp4", lambda bait: _hls(f"file:{bait.path()}")),
    "hls-in-mkv": (".mkv", lambda bait: _hls(bait.path())),
    "hls-in-mp3": (".mp3", lambda bait: _hls(bait.path())),
    "hls-in-ts": (".ts", lambda bait: _hls(bait.path())),
    "hls-openly": (".m3u8", lambda bait: _hls(bait.path())),
    "hls-of-mp4": (".m4a", lambda bait: _hls(bait.path(".mp4"))),
    "hls-of-wav": (".wav", lambda bait: _hls(bait.path(".wav"))),
    "hls-in-jpg": (".jpg", lambda bait: _hls(bait.path())),
    "hls-in-srt": (".srt", lambda bait: _hls(bait.path())),
    "hls-byte-order-mark": (".mp4", lambda bait: b"\xef\xbb\xbf" + _hls(bait.path())),
    "hls-spaces": (".mp4", lambda bait: b"  \n" + _hls(bait.path())),
    "hls-windows-lines": (".mp4", lambda bait: _hls(bait.path()).replace(b"\n", b"\r\n")),
    "hls-id3": (".mp3", lambda bait: _ID3_TAG + _hls(bait.path())),
    "hls-http": (".mp4", lambda bait: _hls(bait.url())),
    "hls-live": (
        ".mp4",
        lambda bait: _hls(bait.path()).replace(b"#EXT-X-ENDLIST", b"#EXT-X-PLAYLIST-TYPE:EVENT"),
    ),
    "hls-concat-protocol": (".mp4", lambda bait: _hls(f"concat:{bait.path()}|{bait.path()}")),
    "hls-subfile": (".mp4", lambda bait: _hls(f"subfile,,start,0,end,0,,:{bait.path()}")),
    "hls-crypto": (".mp4", lambda bait: _hls(f"crypto:{bait.path()}")),
    "hls-cache": (".mp4", lambda bait: _hls(f"cache:{bait.path()}")),
    "hls-data": (".mp4", lambda bait: _hls(bait.data(), bait.path())),
    "hls-byte-range": (
        ".mp4",
        lambda bait: _hls(bait.path(), head="#EXT-X-BYTERANGE:18800@0"),
    ),
    "hls-key": (".mp4", lambda bait: _hls(bait.path(), head=_KEY.format(bait.path()))),
    "hls-key-http": (".mp4", lambda bait: _hls(bait.path(), head=_KEY.format(bait.url()))),
    "hls-map": (
        ".mp4",
        lambda bait: _hls(bait.path(".mp4"), head=_MAP.format(bait.path(".mp4"))),
    ),
    "hls-map-http": (".mp4", lambda bait: _hls(bait.path(), head=_MAP.format(bait.url(".mp4")))),
    "hls-master": (".mp4", lambda bait: _master(_nested(bait))),
    "hls-master-audio": (
        ".mp4",
        lambda bait: _master(_nested(bait), head=_AUDIO.format(_nested(bait))),
    ),
    "hls-master-http": (".mp4", lambda bait: _master(bait.url(".m3u8"))),
    "concat-absolute": (".mp4", lambda bait: _concat(f"file '{bait.path()}'")),
    "concat-beside": (".mp4", lambda bait: _concat("file bait.ts")),
    "concat-http": (".mp4", lambda bait: _concat(f"file '{bait.url()}'")),
    "concat-option": (
        ".mp4",
        lambda bait: _concat(
            "file bait.ts",
            "option safe 0",
            "option protocol_whitelist file,http,tcp",
            f"file {bait.url()}",
        ),
    ),
    "concat-of-playlist": (".mkv", lambda bait: _concat(f"file {Path(_nested(bait)).name}")),
    "dash-base": (
        ".mp4",
        lambda bait: _dash(
            '<SegmentBase indexRange="0-0"/>', base=f"<BaseURL>{bait.path('.mp4')}</BaseURL>"
        ),
    ),
    "dash-template": (".mp4", _segment_template),
    "dash-list": (".mp4", lambda bait: _segment_list(bait.path(".mp4"))),
    "dash-beside": (".mp4", lambda bait: _segment_list("bait.mp4")),
    "dash-http": (".webm", lambda bait: _segment_list(bait.url(".mp4"))),
    "mov-alias": (".mov", lambda bait: _outside_data(bait, _alias(bait.path(".mp4")[1:]))),
    "mov-url": (".mov", lambda bait: _outside_data(bait, _url_reference(bait.url(".mp4")))),
    "sdp": (".mp4", _sdp),
    "imf": (".mxf", _imf),
    "vobsub": (
        ".mp4",
        lambda bait: (
            b"# VobSub index file, v7 (do not modify this line!)\nsize: 64x48\nid: en, index: 0\n"
            b"timestamp: 00:00:00:000, filepos: 000000000\n"
        ),
    ),
    "avisynth": (".avs", lambda bait: f'WavSource("{bait.path(".wav")}")\n'.encode()),
    "filter-graph": (".mp4", lambda bait: f"amovie={bait.path('.wav')}".encode()),
    "metadata": (".mp4", lambda bait: f";FFMETADATA1\ntitle={bait.path()}\n".encode()),
    "path-alone": (".mp4", lambda bait: f"{bait.path()}\n".encode()),
    "tone-script": (".sbg", lambda bait: f"-m {bait.path('.wav')}\noff: -\nNOW off\n".encode()),
}
"""Each hostile source: the suffix it has, and what makes its content of the bait."""


def _nested(bait: Bait) -> str:
    """Write a playlist of the bait beside the source; return its path."""
    nested = bait.beside.with_name("nested.m3u8")
    nested.write_bytes(_hls(bait.path()))
    return str(nested)
