"""Which files an output makes, by its format, name and options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from batchff.ffmpeg.line.errors import LineError, RefusedOutput, UnknownName, suggest
from batchff.ffmpeg.line.files import checked_name, star_numbers
from batchff.ffmpeg.line.graph import read_arguments, read_token
from batchff.ffmpeg.line.model import Content, Made, Option
from batchff.ffmpeg.line.table import Muxer, Table

_NUMBER = re.compile(r"%0?\d*d")
_DASH_VARIABLE = re.compile(r"\$\w*(%0?\d*d)?\$")
_REFUSED = {
    "smoothstreaming": ("fragments that only a server for Smooth Streaming reads", "-f dash"),
    "hds": ("fragments that only a server for Flash reads", "-f hls"),
    "webm_chunk": ("pieces that can't be decoded each alone", "-f dash -dash_segment_type webm"),
    "webm_dash_manifest": ("a manifest that calls the source as its node does", "-f dash"),
    "mpjpeg": ("a stream for a web server, which no ffmpeg reads from a file", "-f mjpeg"),
}
"""Formats that aren't made: what they make, and what to write in their place."""

_NETWORK = frozenset({"rtp", "rtp_mpegts", "rtsp", "sap", "whip"})
_TEXT_FORMATS = """
    chromaprint crc ffmetadata framecrc framehash framemd5 hash md5 mkvtimestamp_v2 streamhash
    uncodedframecrc
"""
_TEXTS = frozenset(_TEXT_FORMATS.split())
_TARGETS = {"vcd": "vcd", "svcd": "svcd", "dvd": "dvd", "dv": "dv", "dv50": "dv"}
_PICTURES = frozenset({"image2", "image2pipe", "avif", "webp", "apng", "gif", "ico"})


@dataclass(frozen=True, slots=True)
class Written:
    """An output as the line writes it: its name, the word that holds it, its muxer's options."""

    name: str
    word: str
    at: int | None
    values: Mapping[str, str]

    def value(self, key: str, default: str = "") -> str:
        """Return a muxer's option; the default where it isn't given."""
        return self.values.get(key, default)

    def is_on(self, key: str) -> bool:
        """Return whether an option is given that is true."""
        return self.value(key, "0").lower() not in ("0", "false", "no", "n", "disable", "off", "")

    def flags(self, key: str) -> frozenset[str]:
        """Return which flags an option sets."""
        signed = re.findall(r"([+|-]?)(\w+)", self.value(key))
        return frozenset(flag for sign, flag in signed if sign != "-")

    @property
    def folder(self) -> str:
        """Return the folder of the output, empty or with a slash at its end."""
        return "".join(self.name.rpartition("/")[:2])

    @property
    def stem(self) -> str:
        """Return the output's path without its last suffix."""
        head, dot, _ = self.name.rpartition(".")
        return head if dot and "/" not in self.name[len(head) :] else self.name

    def made(self, name: str, content: Content, *, is_sure: bool = True) -> Made:
        """Return a file that is made beside it or for it; raise RefusedOutput for a bad name."""
        checked_name(name.replace("*", "x"), self.word, self.at)
        return Made(re.sub(r"\*+", "*", name), content, self.word, is_sure)


def values_of(options: Sequence[Option]) -> dict[str, str]:
    """Return the last value of each option, by its plain name; a flag's is 1."""
    return {option.name: "1" if option.value is None else option.value for option in options}


def find_muxer(
    name: str,
    values: Mapping[str, str],
    word: str,
    at: int | None,
    table: Table,
    asked_at: int | None = None,
) -> Muxer:
    """Return the format of an output; raise LineError where ffmpeg can't choose one.

    The output is at the word of index `at`, the format that's asked for at `asked_at`.
    """
    if (asked := values.get("f")) is None and "target" in values:
        asked = _TARGETS.get(values["target"].rpartition("-")[2])
    if asked is not None:
        muxer = table.muxers.get(asked)
        if muxer is None:
            hint = suggest(asked, table.muxers)
            if (guess := table.guess_muxer(f"a.{asked}")) is not None:
                hint = f"the format of .{asked} is called {guess.name}"
            raise UnknownName(
                f"ffmpeg {table.version} writes no format '{asked}'",
                word=asked,
                at=at if asked_at is None else asked_at,
                hint=hint,
            )
        return muxer
    muxer = table.guess_muxer(name)
    if muxer is None:
        checked_name(name, word, at)
        suffix = re.search(r"\.\w+$", name)
        shown = name if name.isprintable() else ascii(name)
        hint = f"write a suffix that it knows, as in {name}.mp4, or -f before it"
        if not suffix:
            hint += (
                "; if it isn't meant as an output, a word before it is missing or takes no value"
            )
        if name == "{output}":
            hint = "leave it out: the last output's name needs no word"
        raise UnknownName(
            f"'{shown}' is an output here, but ffmpeg doesn't know its format",
            word=word,
            at=at,
            hint=hint,
        )
    return muxer


def files_made(muxer: Muxer, written: Written, table: Table) -> tuple[Made, ...]:
    """Return all files that an output makes; raise LineError for what can't be downloaded."""
    if muxer.name == "null":
        return ()
    if muxer.is_device or muxer.name in _NETWORK:
        what = "a device" if muxer.is_device else "a network"
        raise RefusedOutput(
            f"the format {muxer.name} makes no file but writes to {what}",
            word=written.word,
            at=written.at,
            hint="leave it out",
        )
    if muxer.name in _REFUSED:
        makes, instead = _REFUSED[muxer.name]
        raise RefusedOutput(
            f"the format {muxer.name} makes {makes}",
            word=written.word,
            at=written.at,
            hint=f"write {instead}",
        )
    if muxer.name == "tee":
        return _tee(written, table)
    checked_name(written.name, written.word, written.at)
    if muxer.name == "fifo":
        inner = {**written.values, **dict(read_arguments(written.value("format_opts")))}
        inner.pop("f", None)
        if "fifo_format" in inner:
            inner["f"] = inner.pop("fifo_format")
        return _files_of(written.name, written.word, written.at, inner, table)
    make = _MAKERS.get(muxer.name)
    if make is not None:
        return make(written)
    return (written.made(written.name, content_of(muxer)),)


def content_of(muxer: Muxer) -> Content:
    """Return what a file of a format holds."""
    if muxer.name in _TEXTS:
        return Content.TEXT
    if muxer.name in _PICTURES:
        return Content.PICTURE
    if muxer.subtitle and not (muxer.video or muxer.audio):
        return Content.SUBTITLES
    return Content.MEDIA


def is_one_picture(muxer: Muxer, written: Written) -> bool:
    """Return whether an output is a picture file that takes no second picture."""
    return (
        muxer.name == "image2"
        and not _NUMBER.search(written.name)
        and not written.is_on("update")
        and not written.is_on("strftime")
    )


def _files_of(
    name: str, word: str, at: int | None, values: Mapping[str, str], table: Table
) -> tuple[Made, ...]:
    muxer = find_muxer(name, values, word, at, table)
    return files_made(muxer, Written(name, word, at, values), table)


def _tee(written: Written, table: Table) -> tuple[Made, ...]:
    """`[f=hls:select=v]a.m3u8|b.mkv`: an output for each, with options in brackets."""
    made: list[Made] = []
    text, at = written.name, 0
    while at <= len(text):
        slave, at = _until_bar(text, at)
        values: dict[str, str] = {}
        if slave.startswith("["):
            inside, end = read_token(slave, 1, "]")
            if end >= len(slave):
                raise LineError(
                    f"the options of '{slave}' aren't closed",
                    word=written.word,
                    at=written.at,
                    hint="write them as in [f=mpegts]name.ts",
                )
            values = dict(read_arguments(inside))
            slave = slave[end + 1 :]
        name, _ = read_token(slave, 0, "")
        made += _files_of(name, written.word, written.at, values, table)
    return tuple(made)


def _until_bar(text: str, at: int) -> tuple[str, int]:
    """Return the text up to the next bar that isn't escaped, and where the text after it begins."""
    _, end = read_token(text, at, "|")
    return text[at:end], end + 1


def _hls(written: Written) -> tuple[Made, ...]:
    """A playlist, its segments, and for fragmented MP4 a file that begins them."""
    flags = written.flags("hls_flags")
    streams = written.value("var_stream_map").split()
    if len(streams) > 1 and "%v" not in written.name:
        raise LineError(
            f"{len(streams)} playlists are asked for and one is named",
            word=written.word,
            at=written.at,
            hint="write %v in the output's name, as in stream_%v.m3u8",
        )
    is_single, is_fragmented = "single_file" in flags, written.value("hls_segment_type") == "fmp4"
    playlist = written.name.replace("%v", "*")
    stem = written.stem.replace("%v", "*")
    folder = written.folder.replace("%v", "*")
    made = [written.made(playlist, Content.PLAYLIST)]

    default = stem + ("" if is_single else "*") + (".m4s" if is_fragmented else ".ts")
    segments = written.value("hls_segment_filename")
    _check_clock(segments or written.name, written)
    if segments and not written.is_on("strftime_mkdir"):
        _check_same_folder(segments, written.name, written, "hls_base_url")
    segments = segments.replace("%v", "*") if segments else default
    segments = star_numbers(segments, with_time=written.is_on("strftime"))
    made.append(written.made(segments, Content.PIECE))
    if is_fragmented and not is_single:
        first = written.value("hls_fmp4_init_filename", "init.mp4")
        if written.is_on("strftime"):
            first = star_numbers(first, with_time=True)
        if len(streams) > 1 and "%v" not in first:
            head, dot, suffix = first.rpartition(".")
            first = f"{head}_*{dot}{suffix}"
        made.append(written.made(folder + first.replace("%v", "*"), Content.PIECE))
    if master := written.value("master_pl_name"):
        # It lies above folders that are numbered.
        above = folder
        if "%v" in written.folder:
            above = "".join(folder.rstrip("/").rpartition("/")[:2])
        made.append(written.made(above + master, Content.PLAYLIST))
    if written.is_on("hls_enc") and not written.value("hls_key_info_file"):
        made.append(written.made(playlist + ".key", Content.TEXT))
    if not written.is_on("sn"):
        subtitles = written.value("hls_subtitle_path") or f"{stem}_vtt.m3u8"
        made.append(written.made(subtitles, Content.PLAYLIST, is_sure=False))
        made.append(written.made(f"{stem}*.vtt", Content.PIECE, is_sure=False))
    return tuple(made)


def _dash(written: Written) -> tuple[Made, ...]:
    """A manifest, and pieces for each stream."""

    def starred(name: str) -> str:
        return written.folder + _DASH_VARIABLE.sub("*", name)

    made = [written.made(written.name, Content.PLAYLIST)]
    single = written.value("single_file_name")
    if single or written.is_on("single_file"):
        base = written.stem.removeprefix(written.folder)
        name = single or base + "-stream$RepresentationID$.$ext$"
        made.append(written.made(starred(name), Content.PIECE))
    else:
        first = written.value("init_seg_name", "init-stream$RepresentationID$.$ext$")
        pieces = written.value(
            "media_seg_name", "chunk-stream$RepresentationID$-$Number%05d$.$ext$"
        )
        made.append(written.made(starred(first), Content.PIECE))
        made.append(written.made(starred(pieces), Content.PIECE))
    if written.is_on("hls_playlist"):
        master = written.value("hls_master_name", "master.m3u8")
        made.append(written.made(written.folder + master, Content.PLAYLIST))
        made.append(written.made(written.folder + "media_*.m3u8", Content.PLAYLIST))
    return tuple(made)


def _segments(written: Written) -> tuple[Made, ...]:
    """Numbered files, and maybe a list of them."""
    has_time = written.is_on("strftime")
    _check_clock(written.name, written)
    pattern = star_numbers(written.name, with_time=has_time)
    if "*" not in pattern:
        raise LineError(
            f"'{written.name}' names one file for many segments",
            word=written.word,
            at=written.at,
            hint="write a number's place in it, as in part%03d.mp4",
        )
    made = [written.made(pattern, Content.PIECE)]
    if listed := written.value("segment_list"):
        is_text = listed.endswith((".csv", ".ffconcat", ".txt"))
        made.append(written.made(listed, Content.TEXT if is_text else Content.PLAYLIST))
        _check_same_folder(written.name, listed, written, "segment_list_entry_prefix")
    if head := written.value("segment_header_filename"):
        made.append(written.made(head, Content.PIECE))
    return tuple(made)


def _pictures(written: Written) -> tuple[Made, ...]:
    """One picture, or a numbered one for each frame."""
    if written.name.lower().endswith(".y"):
        raise RefusedOutput(
            "a picture with the suffix .y becomes a file for each of its planes",
            word=written.word,
            at=written.at,
            hint="write rawvideo as in -f rawvideo picture.yuv",
        )
    name = written.name
    if not written.is_on("update"):
        _check_clock(name, written)
        name = star_numbers(name, with_time=written.is_on("strftime"))
    return (written.made(name, Content.PICTURE),)


def _check_clock(name: str, written: Written) -> None:
    """Refuse names that only the clock tells apart: an encode makes many files in a second."""
    if written.is_on("strftime") and not re.search(r"%%0?\d*[dst]", name):
        raise RefusedOutput(
            f"'{name}' takes its names from the clock: what is made within a second would be lost",
            word=written.word,
            at=written.at,
            hint="leave out -strftime, and write a number's place, as in part%03d",
        )


def _check_same_folder(pieces: str, listing: str, written: Written, prefix: str) -> None:
    """Refuse a playlist that would name pieces without their folder."""
    folder, own = (name.rpartition("/")[0] for name in (pieces, listing))
    if folder != own and not written.value(prefix):
        raise RefusedOutput(
            f"'{listing}' would name the pieces of '{pieces}' without their folder",
            word=written.word,
            at=written.at,
            hint=f"put both in one folder, or write what comes before their names as -{prefix}",
        )


_MAKERS: dict[str, Callable[[Written], tuple[Made, ...]]] = {
    "hls": _hls,
    "dash": _dash,
    "segment": _segments,
    "stream_segment": _segments,
    "ssegment": _segments,
    "image2": _pictures,
}
