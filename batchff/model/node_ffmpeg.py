"""Where the ffmpeg of a pool's nodes comes from."""

from __future__ import annotations

from enum import StrEnum


class FfmpegSource(StrEnum):
    """The kinds of ffmpeg that nodes may have, as the metadata of a pool and `--ffmpeg` name them.

    `--ffmpeg` takes a URL in place of `url`. Tasks in a container have that one's.
    """

    BUNDLED = "bundled"
    """The one that imageio-ffmpeg carries for Linux on x86-64, sent to storage once."""
    IMAGE = "image"
    """What is on the image already; nothing is installed."""
    APT = "apt"
    """What the image's package manager has."""
    URL = "url"
    CONTAINER = "container"


_WORDS = {
    FfmpegSource.BUNDLED: "bundled with batchff",
    FfmpegSource.IMAGE: "the image's own",
    FfmpegSource.APT: "from the image's package manager",
    FfmpegSource.URL: "from a URL",
    FfmpegSource.CONTAINER: "the container image's own",
}


def ffmpeg_text(version: str, source: str) -> str:
    """Return in words which ffmpeg nodes have; a source that isn't known is as it's written."""
    words = _WORDS[FfmpegSource(source)] if source in tuple(FfmpegSource) else source
    return f"{version}, {words}" if version else words
