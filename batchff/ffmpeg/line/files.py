"""Files that options and filters read and write beside the inputs and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from batchff.ffmpeg.line.errors import LineError, MissingFile, RefusedOutput
from batchff.ffmpeg.line.model import Content, Filter, Graph, Made, Option
from batchff.ffmpeg.line.places import PLACE, hide_colons, place_of, show_colons

_SCHEME = re.compile(r"[A-Za-z0-9+.-]+[:,]")
_LONGEST_NAME = 255

READ, WRITE = "read", "write"


@dataclass(frozen=True, slots=True)
class FileArgument:
    """A filter's argument that names a file: its keys, its place among plain ones, its default."""

    keys: tuple[str, ...]
    position: int | None
    use: str
    default: str = ""


def _reads(keys: str, position: int | None = None, default: str = "") -> FileArgument:
    return FileArgument(tuple(keys.split()), position, READ, default)


def _writes(keys: str, position: int | None = None, default: str = "") -> FileArgument:
    return FileArgument(tuple(keys.split()), position, WRITE, default)


FILTER_FILES: dict[str, tuple[FileArgument, ...]] = {
    "ametadata": (_writes("file", 5),),
    "amovie": (_reads("filename", 0),),
    "arnndn": (_reads("model m", 0),),
    "asendcmd": (_reads("filename f", 1),),
    "ass": (_reads("filename f", 0), _reads("fontsdir")),
    "cellauto": (_reads("filename f", 0),),
    "cover_rect": (_reads("cover", 0),),
    "curves": (_reads("psfile"), _writes("plot")),
    "deshake": (_writes("filename", 10),),
    "drawtext": (_reads("fontfile", 0), _reads("textfile")),
    "fieldhint": (_reads("hint", 0),),
    "find_rect": (_reads("object", 0),),
    "firequalizer": (_writes("dumpfile"),),
    "fsync": (_reads("file f", 0),),
    "libplacebo": (_reads("lut"), _reads("custom_shader_path"), _writes("shader_cache")),
    "libvmaf": (_writes("log_path"),),
    "life": (_reads("filename f", 0),),
    "loudnorm": (_writes("stats_file"),),
    "lut1d": (_reads("file", 0),),
    "lut3d": (_reads("file", 0),),
    "metadata": (_writes("file", 5),),
    "movie": (_reads("filename", 0),),
    "nnedi": (_reads("weights", 0, "nnedi3_weights.bin"),),
    "openclsrc": (_reads("source", 0),),
    "paletteuse": (_writes("debug_kdtree"),),
    "program_opencl": (_reads("source", 0),),
    "psnr": (_writes("stats_file f", 0),),
    "removelogo": (_reads("filename f", 0),),
    "selectivecolor": (_reads("psfile"),),
    "sendcmd": (_reads("filename f", 1),),
    "showcqt": (_reads("fontfile"), _reads("axisfile")),
    "signature": (_writes("filename"),),
    "ssim": (_writes("stats_file f", 0),),
    "ssim360": (_writes("stats_file f", 0),),
    "subtitles": (_reads("filename f", 0), _reads("fontsdir")),
    "vidstabdetect": (_writes("result", 0, "transforms.trf"),),
    "vidstabtransform": (_reads("input", 0, "transforms.trf"),),
    "vmafmotion": (_writes("stats_file", 0),),
    "xfade_opencl": (_reads("source"),),
    "xpsnr": (_writes("stats_file f", 0),),
}
"""What filters do with files; a test holds it to what the bundled ffmpeg says of its filters."""

_NETWORK_FILTERS = frozenset({"zmq", "azmq"})
ENCODER_FILES = {
    "x264-params": {"stats": WRITE, "dump-yuv": WRITE},
    "x264opts": {"stats": WRITE, "dump-yuv": WRITE},
    "x265-params": {
        "stats": WRITE,
        "csv": WRITE,
        "recon": WRITE,
        "analysis-save": WRITE,
        "analysis-load": READ,
        "dhdr10-info": READ,
        "scaling-list": READ,
        "lambda-file": READ,
        "zonefile": READ,
        "dolby-vision-rpu": READ,
    },
    "vvenc-params": {"rcstatsfile": WRITE},
    "svtav1-params": {"stats": WRITE, "recon": WRITE, "fgs-table": READ},
    "aom-params": {"film-grain-table": READ},
}
_WRITING_OPTIONS = frozenset(
    ["vstats_file", "print_graphs_file", "stats_enc_pre", "stats_enc_post", "stats_mux_pre"]
)
_READING_OPTIONS = frozenset(["attach", "hls_key_info_file", "graph_file"])
_PRESET_FILES = frozenset(["fpre", "pre", "vpre", "apre", "spre"])


def checked_name(name: str, word: str, at: int | None, what: str = "an output") -> str:
    """Return the name of a file to make; raise RefusedOutput where it can't be downloaded.

    It must lie in the folder where ffmpeg runs, or in one within.
    """
    reason = _refusal(name)
    if reason is None:
        return name
    message, hint = reason
    shown = name if name.isprintable() else ascii(name)
    raise RefusedOutput(f"'{shown}' can't be {what}: {message}", word=word, at=at, hint=hint)


def _refusal(name: str) -> tuple[str, str] | None:
    parts = name.split("/")
    plain = "write a plain name, as in small.mp4"
    if name in ("", "-", "pipe:") or name.startswith("pipe:"):
        return "nothing reads ffmpeg's standard output", plain
    if place_of(name) or PLACE.search(name):
        return "that's the name of the source, or of a file beside it, on the node", plain
    if name.startswith("/") or re.match(r"[A-Za-z]:[\\/]", name):
        return "it's an absolute path", "outputs lie in the folder where ffmpeg runs; " + plain
    if _SCHEME.match(name):
        return "the part before the colon is a protocol", "only files are made; " + plain
    if ".." in parts:
        return "it leaves the folder where ffmpeg runs", plain
    if name.startswith("-"):
        return "it begins with a dash, as options do", plain
    if "\\" in name or "*" in name or not name.isprintable():
        return "it holds a character that names of outputs can't", plain
    if any(part in ("", ".") for part in parts):
        return "a part of the path is empty", plain
    if any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for part in parts):
        return "it's longer than 255 bytes", "write a shorter one"
    return None


def star_numbers(name: str, *, with_time: bool = False) -> str:
    """Return a name with a star for each number in it (`%03d`), and for each part of a time."""
    shape = r"%%|%[-_0^#]?\d*[A-Za-z]" if with_time else r"%%|%0?\d*d"

    def star(found: re.Match[str]) -> str:
        # After the time's %% a number of the muxer's may follow: %%04d.
        return "%" if found[0] == "%%" else "*"

    starred = re.sub(shape, star, name)
    return re.sub(r"%0?\d*[dst]", "*", starred) if with_time else starred


class FilesBeside:
    """Collects what a line reads and writes beside its inputs and outputs.

    `beside` are names of files that will lie there, given by --with or made by an earlier run.
    """

    def __init__(self, beside: Iterable[str], made_earlier: Iterable[Made]) -> None:
        self._beside = frozenset(beside)
        self._earlier = tuple(made_earlier)
        self.makes: list[Made] = []
        self.reads: list[str] = []
        self.warnings: list[str] = []

    def write(self, name: str, option: Option, content: Content = Content.TEXT) -> None:
        """Note that a file is made; a star is for what isn't known of its name."""
        self.makes.append(Made(name, content, option.word))

    def read(self, name: str, option: Option) -> None:
        """Note that a file is read; raise LineError where it won't be there."""
        self.reads.append(name)
        known = name in self._beside or any(made.matches(name) for made in self._earlier)
        if (place := place_of(name)) is not None:
            # A node opens a file of a place under guard, before a filter opens it without.
            raise LineError(
                f"{option.word} reads '{name}' by its name on the node",
                word=name,
                at=option.at + 1,
                hint=f"write {place}",
            )
        if known or PLACE.fullmatch(name):
            return
        if name.startswith("/"):
            self.warnings.append(f"{option.word} reads {name} of the node, not of this machine")
            return
        raise missing_file(name, option.word, option.at + 1)

    def of_option(self, option: Option) -> None:
        """Note what an option reads and writes."""
        if option.name in _WRITING_OPTIONS:
            self.write(self._checked(option.text, option), option)
        elif option.name in _READING_OPTIONS:
            self.read(option.text, option)
        elif option.name == "vstats":
            self.write("vstats_*.log", option)
        elif option.name == "report":
            self.write("ffmpeg-*.log", option)
        elif option.name == "dump_attachment":
            self._dump(option)
        elif option.name in _PRESET_FILES:
            raise LineError(
                f"{option.word} reads a file of options, which can't be checked",
                word=option.word,
                at=option.at,
                hint="write the options in the line",
            )
        elif option.name in ("progress", "sdp_file"):
            raise RefusedOutput(
                f"{option.word} can't be used here: "
                + (
                    "batchff reads ffmpeg's progress itself"
                    if option.name == "progress"
                    else "it's for streams over a network"
                ),
                word=option.word,
                at=option.at,
                hint="leave it out",
            )
        elif option.name in ENCODER_FILES:
            self._of_encoder(option)

    def of_graph(self, graph: Graph) -> None:
        """Note what the filters of a graph read and write."""
        for each in graph.filters:
            if each.name in _NETWORK_FILTERS:
                raise LineError(
                    f"the filter {each.name} listens on a network",
                    word=each.name,
                    at=graph.option.at + 1,
                    hint="leave it out",
                )
            arguments = FILTER_FILES.get(each.name, ())
            self._check_places(each, arguments, graph.option)
            for argument in arguments:
                self._of_filter(each, argument, graph.option)

    def _of_filter(self, each: Filter, argument: FileArgument, option: Option) -> None:
        name = each.argument(*argument.keys, position=argument.position)
        name = argument.default if name is None else name
        if not name:
            return
        if argument.use == READ:
            self.read(name, option)
        else:
            self.write(star_numbers(self._checked(name, option)), option)

    def _check_places(
        self, each: Filter, arguments: Iterable[FileArgument], option: Option
    ) -> None:
        """Refuse places where the filter reads no file, or within its name."""
        names = [
            each.argument(*argument.keys, position=argument.position)
            for argument in arguments
            if argument.use == READ
        ]
        for _, value in each.arguments:
            if PLACE.search(value) and not (PLACE.fullmatch(value) and value in names):
                raise _no_file_here(value, f"the filter {each.name}", option)

    def _of_encoder(self, option: Option) -> None:
        values = dict(_encoder_values(option.text))
        uses = ENCODER_FILES[option.name]
        for key, value in values.items():
            if PLACE.search(value) and not (PLACE.fullmatch(value) and uses.get(key) == READ):
                raise _no_file_here(value, option.word, option)
            if uses.get(key) == READ:
                self.read(value, option)
            elif uses.get(key) == WRITE and (key != "stats" or values.get("pass") != "2"):
                # Encoders add endings of their own to it.
                self.write(self._checked(value, option) + "*", option)
        is_first = option.name == "x265-params" and values.get("pass") in ("1", "3")
        if is_first and "stats" not in values:
            self.write("x265_2pass.log*", option)

    def _dump(self, option: Option) -> None:
        if not option.text:
            raise RefusedOutput(
                f"{option.word} '' takes names out of the source, which can be anything",
                word=option.word,
                at=option.at,
                hint=f"write a name after {option.word}, as in {option.word} font.ttf",
            )
        self.write(self._checked(option.text, option), option, Content.MEDIA)

    def _checked(self, name: str, option: Option) -> str:
        return checked_name(name, name, option.at + 1, f"what {option.word} writes to")


def missing_file(name: str, word: str, at: int) -> LineError:
    """Return the error for a file that lies only on the user's machine, or nowhere."""
    return MissingFile(
        f"{word} reads '{name}', which won't be on the node",
        word=name,
        at=at,
        hint="files beside the source go by --with, and -i {with:0} is the first of them",
    )


def _no_file_here(value: str, reader: str, option: Option) -> LineError:
    found = PLACE.search(value)
    place = found[0] if found else value
    return LineError(
        f"{place} is where {reader} reads no file",
        word=value,
        at=option.at + 1,
        hint=f"it's the whole name of a file, as in subtitles={place}",
    )


def _encoder_values(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of encoders' own options, `a=1:b=2`; keys may hold dashes."""
    for part in re.split(r"(?<!\\):", hide_colons(text)):
        key, _, value = part.partition("=")
        yield key.strip(), show_colons(value.strip())
