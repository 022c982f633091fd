"""The files that are in a task's working directory on its node, and those that it leaves there."""

from __future__ import annotations

import re

from batchff.model.paths import split_suffix

SCRIPT = "encode.sh"
JOIN_SCRIPT = "join.sh"
RECIPE_FILE = "recipe.txt"
CHUNKS_FOLDER = "chunks"
"""Where a task that joins chunks has them, below the names of their blobs."""

MADE_FOLDER = "made"
"""The outputs are in here once all are good."""

KEPT_MARK = b"batchff kept the source: an output would not be smaller\n"
"""What is in an output in place of media where the source is kept."""

DONE_FILE = "done.txt"
"""What is known of the outputs, once all are good."""

PROGRESS_FILE = "progress.txt"
PROOF_FILES = "proof*.txt"
"""A pattern of the file that says what was found of the source and of the outputs, a fact a line.

A pattern may match nothing; a file that isn't there would be a failure.
"""

QUALITY_FILES = "quality*.txt"
"""A pattern of the file with the scores of an output's pictures, where a quality was asked for."""

TOLD_FILE = "told.txt"
TOLD_FILES = "told*.txt"
"""A pattern of the file that says what is to be told of a file that is encoded all the same."""

STDERR_FILE = "stderr.txt"
STDOUT_FILE = "stdout.txt"
VERDICT_FILE = "wd/verdict.txt"
"""Written by an attempt that failed for good, so that the next one ends at once.

The path is the service's.
"""

_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,16}")


def node_input_name(relative: str) -> str:
    """Return a source's name on its node: `input`, with the source's suffix if that is plain.

    The suffix stays because ffmpeg takes it as a hint of the format.
    """
    suffix = split_suffix(relative)[1].lower()
    return f"input{suffix}" if _PLAIN_SUFFIX.fullmatch(suffix) else "input"


def node_output_name(suffix: str) -> str:
    """Return what the only output of a preset is called on its node."""
    return f"output{suffix}"


def rest_name(output: str) -> str:
    """Return the name of an output without its film, beside the chunks on the node that joins."""
    return f"rest{split_suffix(output)[1]}"


def node_beside_name(number: int, relative: str) -> str:
    """Return the plain name that a source's second input of this number has on its node."""
    suffix = split_suffix(relative)[1].lower()
    return f"with-{number}{suffix}" if _PLAIN_SUFFIX.fullmatch(suffix) else f"with-{number}"
