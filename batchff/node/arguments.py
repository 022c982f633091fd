"""The file that carries ffmpeg's arguments to a node."""

from __future__ import annotations

from collections.abc import Sequence

INPUT_PLACEHOLDER = "{input}"


def arguments_file(arguments: Sequence[str]) -> bytes:
    """Return ffmpeg's arguments as `encode.sh` reads them: one a line, the input's place named.

    Bytes that weren't text on the user's command line arrive as they were.
    """
    if INPUT_PLACEHOLDER not in arguments:
        arguments = ("-i", INPUT_PLACEHOLDER, *arguments)
    return "".join(f"{argument}\n" for argument in arguments).encode("utf-8", "surrogateescape")


def read_arguments(content: bytes) -> tuple[str, ...]:
    """Return the arguments that `arguments_file` wrote, the input's place among them."""
    return tuple(content.decode("utf-8", "surrogateescape").split("\n")[:-1])


def names_format(arguments: Sequence[str]) -> bool:
    """Return whether the arguments name the source's format: a -f before the `-i {input}`.

    What it names is read as that, even a playlist; `encode.sh` decides it alike.
    """
    named = False
    words = iter(arguments)
    for word in words:
        if word == "-i":
            if next(words, None) == INPUT_PLACEHOLDER and named:
                return True
            named = False
        elif word == "-f":
            named = True
    return False
