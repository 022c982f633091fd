"""An ffmpeg line, understood before it's sent.

    line = parse_line(["-vf", "scale=-2:720", "-c:a", "copy"], suffix=".mp4")
    line.makes      # (Made("output.mp4", Content.MEDIA, …),)
    line.encoders, line.filters, line.keeps_times, line.hardware

It knows what the ffmpeg that imageio-ffmpeg carries knows (`table.json`), runs nothing and opens no
file. Mistakes are LineErrors that name the word at fault.
"""

from __future__ import annotations

from batchff.ffmpeg.line.errors import LineError, MissingFile, RefusedOutput, UnknownName
from batchff.ffmpeg.line.model import (
    Content,
    Encoder,
    Filter,
    Graph,
    Input,
    InputKind,
    Line,
    Made,
    Map,
    Option,
    Output,
    Passes,
    Side,
)
from batchff.ffmpeg.line.parse import parse_line
from batchff.ffmpeg.line.places import INPUT

__all__ = [
    "INPUT",
    "Content",
    "Encoder",
    "Filter",
    "Graph",
    "Input",
    "InputKind",
    "Line",
    "LineError",
    "Made",
    "Map",
    "MissingFile",
    "Option",
    "Output",
    "Passes",
    "RefusedOutput",
    "Side",
    "UnknownName",
    "parse_line",
]
