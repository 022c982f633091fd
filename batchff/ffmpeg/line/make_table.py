"""Write `table.json`: what the ffmpeg that imageio-ffmpeg carries says of its options.

    python -m batchff.ffmpeg.line.make_table

Run it on Linux x86-64, whose ffmpeg the nodes have, after imageio-ffmpeg brings another one; a test
fails until it was. What `-h full` leaves
out is asked of ffmpeg itself, a run for each option: whether it takes a value (`-xerror <error>`
doesn't, `-filter_threads` does) and whether it goes before an input, before an output, or both.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import imageio_ffmpeg  # type: ignore[import-untyped]

Say = Callable[..., str]

TABLE = Path(__file__).with_name("table.json")

# -h full lists what is for video or for subtitles, but not the one option that is for both.
_UNLISTED = ("s",)
_KINDS = {"V": "video", "A": "audio", "S": "subtitle", "D": "data", "T": "attachment"}
_NATIVE = re.compile(r"^-(\S+?)(\[:<\w+>\])?(?: +<.*?>)?(?:  +.*)?$")
_AV_OPTION = re.compile(r"^  -(\S+) +<\w+> +([E.][D.]\S+)")
_FORMAT_FLAGS = re.compile(r"^ ([D ])([E ])([d ]) (\S+)", re.MULTILINE)
_CODER = re.compile(r"^ ([VASDT])[.\w]{5} ([^\s=]\S*)", re.MULTILINE)
_CODEC = re.compile(r"^ ([D.])([E.])([VASDT])[.\w]{3} ([^\s=]\S*)", re.MULTILINE)
_FILTER = re.compile(r"^ [T.][S.] (\S+) +([AVN|]+->[AVN|]+) ", re.MULTILINE)
_MUXER_LINES = {
    "extensions": re.compile(r"^ +Common extensions: (\S+)\.$", re.MULTILINE),
    "video": re.compile(r"^ +Default video codec: (\S+)\.$", re.MULTILINE),
    "audio": re.compile(r"^ +Default audio codec: (\S+)\.$", re.MULTILINE),
    "subtitle": re.compile(r"^ +Default subtitle codec: (\S+)\.$", re.MULTILINE),
}


def bundled_program() -> str:
    """Return the path of the ffmpeg that imageio-ffmpeg carries."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def make_table(program: str) -> dict[str, Any]:
    """Return the table of an ffmpeg, as JSON keeps it; some 700 runs of it."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as threads:
        say = partial(_say, program, folder)
        table = _list_known(say)
        table["options"] = _described(say, threads, table["options"])
        table["muxers"] = _muxers(say, threads)
        return table


def list_known(program: str) -> dict[str, Any]:
    """Return what a few runs tell: of ffmpeg's own options only the scope, and no muxers."""
    with tempfile.TemporaryDirectory() as folder:
        return _list_known(partial(_say, program, folder))


def describe_options(program: str, names: Iterable[str]) -> dict[str, str]:
    """Return what the table keeps of some of ffmpeg's own options."""
    scopes = list_known(program)["options"]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as threads:
        say = partial(_say, program, folder)
        return _described(say, threads, {name: scopes[name] for name in names})


def _described(say: Say, threads: ThreadPoolExecutor, scopes: dict[str, str]) -> dict[str, str]:
    described = threads.map(partial(_describe, say), scopes, scopes.values())
    return dict(zip(scopes, described, strict=True))


def _list_known(say: Say) -> dict[str, Any]:
    full, build = say("-h", "full"), _build(say("-version"))
    return {
        "version": re.sub(r"^n?(\d+(?:\.\d+)*).*", r"\1", build),
        "build": build,
        "options": _native_options(full),
        **_av_options(full),
        "encoders": {name: _KINDS[kind] for kind, name in _CODER.findall(say("-encoders"))},
        "decoders": {name: _KINDS[kind] for kind, name in _CODER.findall(say("-decoders"))},
        "codecs": _codecs(say("-codecs")),
        "demuxers": sorted(
            name
            for _, _, _, names in _FORMAT_FLAGS.findall(say("-demuxers"))
            if "=" not in names
            for name in names.split(",")
        ),
        "filters": dict(_FILTER.findall(say("-filters"))),
        "bitstream_filters": say("-bsfs").split()[2:],
    }


def _say(program: str, folder: str, *arguments: str) -> str:
    """Return all that ffmpeg says, run where nothing lies and what it leaves is thrown away."""
    ran = subprocess.run(
        [program, "-nostdin", "-hide_banner", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    return ran.stdout


def _build(said: str) -> str:
    found = re.match(r"ffmpeg version (\S+)", said)
    if found is None:
        raise ValueError(f"ffmpeg says no version: {said[:80]!r}")
    return found[1]


def _native_options(full: str) -> dict[str, str]:
    """Return ffmpeg's own options, each with its scope."""
    text, _, _ = full.partition(" AVOptions:")
    listed: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(("-", " ")):
            section = line
        elif found := _NATIVE.match(line):
            listed.setdefault(found[1], _scope(section, stream=bool(found[2])))
    return listed | dict.fromkeys(_UNLISTED, "stream")


def _scope(section: str, *, stream: bool) -> str:
    if "information" in section:
        return "exit"
    if section.startswith(("Global", "Advanced global")):
        return "global"
    return "stream" if stream or "Per-stream" in section else "file"


def _describe(say: Say, name: str, scope: str) -> str:
    """Return the words that the table keeps of an option: flag or value, scope, sides."""
    if scope == "exit":
        return "flag exit"
    takes_value = "Missing argument" in say(f"-{name}")
    words = ["value" if takes_value else "flag", scope]
    if not takes_value and "Unrecognized option" not in say(f"-no{name}"):
        words.append("negatable")
    if scope != "global":
        option = [f"-{name}", *(["x"] if takes_value else [])]
        if "cannot be applied to" not in say(*option, "-i", "nosuch"):
            words.append("input")
        if "cannot be applied to" not in say(*option, "nosuch"):
            words.append("output")
    return " ".join(words)


def _av_options(full: str) -> dict[str, dict[str, str]]:
    """Return the options of codecs, formats, scaler and resampler; all take a value.

    `generic_options` are those of every codec, which may carry a `v`, `a` or `s` before them. The
    letters are E and D, for writing and reading; filters' and bitstream filters' own don't count.
    """
    found: dict[str, dict[str, str]] = {"generic_options": {}, "codec_options": {}}
    found |= {"format_options": {}, "converter_options": {}}
    heads = {
        "AVCodecContext": "generic_options",
        "AVFormatContext": "format_options",
        "SWScaler": "converter_options",
        "AVFilter": "",
    }
    group = ""
    for line in full.splitlines():
        if line.endswith(" AVOptions:"):
            head = line.removesuffix(" AVOptions:")
            after = "codec_options" if group == "generic_options" else group
            group = heads.get(head, after)
            if group == "" and head == "AVFilter":
                break
        elif group and (option := _AV_OPTION.match(line)):
            letters = set(option[2][:2]) & {"E", "D"}
            name = option[1]
            before = set(found[group].get(name, ""))
            found[group][name] = "".join(sorted(letters | before))
    return found


def _codecs(said: str) -> dict[str, str]:
    """Return the codecs that ffmpeg knows, each with its kind, and E and D for what it can do."""
    return {
        name: f"{_KINDS[kind]} {(encodes + decodes).replace('.', '')}".strip()
        for decodes, encodes, kind, name in _CODEC.findall(said)
    }


def _muxers(say: Say, threads: ThreadPoolExecutor) -> dict[str, dict[str, Any]]:
    names = [
        (names.split(","), device == "d")
        for _, muxes, device, names in _FORMAT_FLAGS.findall(say("-muxers"))
        if muxes == "E" and "=" not in names
    ]
    said = threads.map(lambda named: say("-h", f"muxer={named[0][0]}"), names)
    muxers: dict[str, dict[str, Any]] = {}
    for (synonyms, is_device), text in zip(names, said, strict=True):
        facts: dict[str, Any] = {
            key: found[1] for key, line in _MUXER_LINES.items() if (found := line.search(text))
        }
        if is_device:
            facts["device"] = True
        muxers |= dict.fromkeys(synonyms, facts)
    # Of several that name an extension, ffmpeg's guess is one: it's written here for them all.
    for extension in _ambiguous(muxers):
        guess = _guess(say, extension)
        for name, facts in muxers.items():
            if name != guess and extension in facts.get("extensions", "").split(","):
                rest = [other for other in facts["extensions"].split(",") if other != extension]
                muxers[name] = {**facts, "extensions": ",".join(rest)}
    return muxers


def _ambiguous(muxers: dict[str, dict[str, Any]]) -> Iterable[str]:
    seen: set[str] = set()
    for facts in muxers.values():
        for extension in filter(None, facts.get("extensions", "").split(",")):
            if extension in seen:
                yield extension
            seen.add(extension)


def _guess(say: Say, extension: str) -> str:
    said = say("-f", "lavfi", "-i", "anullsrc", "-t", "0.01", "-c", "copy", f"out.{extension}")
    found = re.search(r"\[out#0/(\w+)", said)
    if found is None:
        raise ValueError(f"ffmpeg says no format for .{extension}: {said[-200:]!r}")
    return found[1]


if __name__ == "__main__":
    TABLE.write_text(json.dumps(make_table(bundled_program()), indent=0) + "\n", "utf-8")
