"""The file that carries ffmpeg's arguments to a node."""

from __future__ import annotations

from batchff.ffmpeg.presets import Preset

ARGUMENTS_FILE = "arguments.txt"
INPUT_PLACEHOLDER = "{input}"


def arguments_file(preset: Preset) -> bytes:
    """Return the preset's arguments as `encode.sh` reads them: one a line, the input's place named.

    Bytes that weren't text on the user's command line arrive as they were.
    """
    arguments = preset.arguments
    if INPUT_PLACEHOLDER not in arguments:
        arguments = ("-i", INPUT_PLACEHOLDER, *arguments)
    return "".join(f"{argument}\n" for argument in arguments).encode("utf-8", "surrogateescape")


def read_arguments(content: bytes) -> tuple[str, ...]:
    """Return the arguments that `arguments_file` wrote, the input's place among them."""
    return tuple(content.decode("utf-8", "surrogateescape").split("\n")[:-1])
