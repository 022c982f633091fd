"""What ffmpeg's words say of a failure: its cause, and whether the arguments are at fault.

The words are those of one call, with or without the levels that `-v level+info` writes. They are
known from ffmpeg 5.1 and 9. Words that may be true of some inputs only ("matches no streams",
"Error setting profile high") are never taken for a fault of the arguments, as others may succeed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_LEVEL = re.compile(
    r"^((?:\[[^\]]*\] )*?)\[(panic|fatal|error|warning|info|verbose|debug)\] ?", re.MULTILINE
)
_CONTEXTS = re.compile(r"^(?:\[[^\]]*\] )+")
_FAULTS = ("fatal", "panic", "error")
_HOLLOW = re.compile(
    r"Conversion failed|Error opening output file|Error parsing options for output|"
    r"Error while opening encoder|Nothing was written|Task finished with error|"
    r"Error sending frames to consumers|To ignore this"
)
"""Words that follow on the cause and don't name it."""
_ASIDE = re.compile(
    r"Error opening input files?\b(?! input)|Error parsing (options for|global options)|"
    r"Error initializing the muxer|Error applying encoder options|Error selecting an encoder|"
    r"Could not write header|"
    r"Error initializing output stream|Error reinitializing filters|Failed to inject frame|"
    r"Error while processing the decoded data|Terminating thread|Could not open encoder before EOF|"
    r"frame= |size= |video:\d|Qavg: |\d+ frames? left in the queue|encoded \d+ frames|"
    r"(Input|Output) #\d+, |Stream mapping:|Press \[q\]|Guessed Channel Layout|"
    r"264 - core|using (SAR|cpu)|profile \w+, level|frame [IPB]:|mb [IPB] |8x8 transform|coded y,|"
    r"i(4|8|8c|16) \w+,|Weighted P-|ref [PB] L|kb/s:|consecutive B|final ratefactor|x265 \[info\]|"
    r"libass (API|source)|Shaper: |Multiple -.* options specified for stream|x265 \[warning\]|"
    r"Consider increasing the value for the 'analyzeduration'|warning: "
)
"""Lines that a log has beside the cause, as `_HOLLOW`, and all that isn't about a fault."""
_BEGUN = re.compile(r"Output #\d+, ")
"""An output has begun: whatever was said before has stopped nothing."""

_OURS = r"(input|with-\d+)\."
"""What the source, and the files beside it, are called on a node."""

_UNKNOWN_NAME = re.compile(
    r"Unrecognized (option|hwaccel)\b|Unknown (en|de)coder '|Unknown input format: |"
    r"Unable to choose an output format|Unable to find a suitable output format|"
    r"Requested output format '.*' is not |Unknown (pixel|sample) format requested|"
    r"No such filter: |Error parsing bitstream filter sequence '.*not found|Option '.*' not found|"
    r"Error applying option '.*' to filter|(x26[45] \[error\]: )?invalid (preset|tune|profile)[ :]|"
    r"Error setting preset/tune |The encoder '.*' is experimental|Invalid stream specifier"
)
_WRONG_VALUE = re.compile(
    r"Undefined constant or missing '\('|Unable to parse (\".*\" )?option value |"
    r"Error setting option \S+ to value |Value \S+ for parameter '.*' out of range|"
    r"Expected (number|int|int64|string) for |The value for \S+ was .* not within|"
    r"Invalid (duration|frame size|framerate value|keyframe time)\b.*: |"
    r"Invalid value \S+ specified|Missing argument for option|Trailing option|"
    r"Option \S+ .*cannot be applied|No '=' character in metadata"
)
_WRONG_GRAPH = re.compile(
    r"No option name near|Error parsing (a filter description|filterchain)|"
    r"(Mismatched|Unable to find) '|Bad \(empty\?\) label|Cannot parse expression|"
    r"Simple filtergraph '.*' was expected|Cannot connect (audio|video) filter to non |"
    r"Filtergraph has an? (audio|video) output, cannot connect|"
    r"Output with label '.*' does not exist|Invalid (input )?file index"
)
_FILTER_FAILS = re.compile(r"Error initializing filter '(?!a?buffer')|Error initializing filters")
_MISSING = re.compile(
    rf"(?!{_OURS})\S.*: No such file or directory|Unable to open (?!{_OURS})|"
    r"ratecontrol_init: can't open stats file|At least one output file must be specified|"
    r"encode\.sh: (recipe\.txt (has|asks)|not a name for an output)"
)
_NO_DEVICE = re.compile(
    r"Cannot load \S+\.(so|dll)|No capable devices found|Device creation failed|"
    r"No device available for decoder"
)
_BY_THE_SOURCE = re.compile(
    r"\[(graph|a?buffer|auto_|\w+_(in|out)_\d|SWR|swscaler|[va]?ist#|in#\d+ @ )"
)
"""Parts of ffmpeg that fail by what the source is, with words as of an argument."""
_BY_OTHER_FILES = re.compile(r"\[(?!(Parsed_|out#|libx26|error|fatal))")
"""Parts of ffmpeg that may miss a file that the source names, not one that the arguments name."""
_OF_THE_INPUT = re.compile(
    r"Invalid data found when processing input|moov atom not found|[Cc]ould not find codec param|"
    r"EBML header parsing failed|Format not on whitelist|Error opening input: |"
    r"Error during demuxing|[Ee]rror (while decoding|submitting packet to decoder)|"
    r"detected only with low score|Failed to (read|find)|partial file|Header missing|"
    r"does not contain any stream|matches no streams|encode\.sh: the input (is|has) "
)

_KNOWN = (
    (r"Subtitle codec .* is not supported", "its subtitles can't be put into that container"),
    (r"Rematrix is needed", "its sound has more channels than can be mixed to what is asked for"),
    (r"Unsupported channel layout", "its encoder takes no sound of that layout: add -ac 2"),
    (r"Cannot determine format of input", "one of its streams has nothing in it"),
    (r"Unable to locate subtitle stream", "there are no subtitles in it"),
    (r"Decode error rate \S+ exceeds maximum", "it can't be decoded"),
    (r"Output file is empty, nothing was encoded", "there is nothing to make of it"),
    (r"moov atom not found", "it's cut off: its index, the moov atom, isn't there"),
)
"""Causes by ffmpeg's words, and what they mean to who has the file."""


def known_cause(lines: Iterable[str]) -> tuple[str, str] | None:
    """Return the line that names a known cause, and plain words for it; None for any other."""
    for line in lines:
        for words, meaning in _KNOWN:
            if re.search(words, line):
                return line, meaning
    return None


def cause_of(said: str) -> str:
    """Return what ffmpeg gave as the reason: the first error that says more than that it failed.

    Without levels in its words that's the last line that does.
    """
    faults: list[str] = []
    others: list[str] = []
    for line in said.splitlines():
        found = _LEVEL.match(line)
        text = _text_of(line)
        if "not on whitelist" in text:  # it goes on with 2,000 characters
            text = "an input has a format that can name other files, or is no media"
        if text and not _HOLLOW.search(text):
            (faults if found and found[2] in _FAULTS else others).append(text)
    return (faults[:1] or others[-1:] or ["it gave no reason"])[0]


def without_levels(said: str) -> str:
    """Return ffmpeg's words without levels, and without the parts of it that speak with one."""
    return _LEVEL.sub("", said)


def arguments_fault(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines by which ffmpeg refuses its arguments, the cause first; else none.

    It would refuse them with any input that has the streams they are for. `lines` are all that
    a call said, or its end.
    """
    begun = [at for at, line in enumerate(lines) if _BEGUN.match(_text_of(line))]
    since = lines[begun[-1] + 1 :] if begun else lines
    for at, line in enumerate(since):
        if _is_of_arguments(line, since, at):
            return telling_lines(since[at:])
    return ()


def telling_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that may say why ffmpeg failed: no description, figure or consequence."""
    return tuple(line for line in lines if _is_telling(line))


def is_about_input(lines: Iterable[str]) -> bool:
    """Return whether ffmpeg complains of what the input is: the next one may be fine."""
    return any(_OF_THE_INPUT.search(line) for line in lines)


def without_particulars(lines: Iterable[str], *, numbers: bool = True) -> tuple[str, ...]:
    """Return what is the same in the words of two failures alike, for comparing them.

    Addresses, the parts of ffmpeg that speak, the source's suffix, and with `numbers` all numbers
    are left out, and so are lines that aren't about the failure.
    """
    kept = []
    for line in telling_lines(lines):
        text = re.sub(_OURS + r"\w+", "input", _text_of(line))
        text = re.sub(r"0x[0-9a-fA-F]+", "0x", text)
        kept.append(re.sub(r"\d+([.:]\d+)*", "0", text) if numbers else text)
    return tuple(kept)


def _is_of_arguments(line: str, lines: Sequence[str], at: int) -> bool:
    text = _text_of(line)
    if _BY_THE_SOURCE.match(line) and not _UNKNOWN_NAME.match(text):
        return False
    if _NO_DEVICE.match(text):
        # With -hwaccel auto it's no fault to have none.
        goes_on = any("Auto hwaccel disabled" in each for each in lines)
        return not (goes_on or is_about_input(lines))
    if _FILTER_FAILS.match(text):
        # A filter may have opened the source itself, as subtitles={input} does.
        near = (*lines[max(at - 5, 0) : at], text)
        return not any("[Parsed_" in each and re.search(_OURS, each) for each in near)
    if _MISSING.match(text):
        return not _BY_OTHER_FILES.match(line)
    return any(each.match(text) for each in (_UNKNOWN_NAME, _WRONG_VALUE, _WRONG_GRAPH))


def _is_telling(line: str) -> bool:
    text = _text_of(line)
    return (
        bool(text)
        and not line.startswith("  ")
        and not (_HOLLOW.search(text) or _ASIDE.match(text))
    )


def _text_of(line: str) -> str:
    """Return a line without its level and the parts of ffmpeg that speak."""
    return _CONTEXTS.sub("", line).strip()
