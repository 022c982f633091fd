"""The start task that puts ffmpeg on a node, or finds that it's there."""

from __future__ import annotations

from importlib import resources
from urllib.parse import urlsplit

from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pools import PoolSpec, StartTask
from batchff.model.tasks import ResourceFile

BUNDLED_FILE = "ffmpeg.gz"
"""What the bundled ffmpeg is called where the start task finds it."""

_ARCHIVES = (".tar.xz", ".txz", ".tar.gz", ".tgz")


def start_task(spec: PoolSpec, bundled: ResourceFile | None = None) -> StartTask | None:
    """Return what puts ffmpeg on a pool's nodes; None where tasks run in a container that has it.

    What is fetched is fetched by the service itself, which tries that again: the node needs no
    program for it, and no administrator's rights. `bundled` is where nodes find the bundled one.
    """
    if spec.container_image:
        return None
    if spec.ffmpeg == FfmpegSource.BUNDLED:
        assert bundled is not None
        words = {"SHA256": spec.ffmpeg_sha256, "VERSION": spec.ffmpeg_version}
        return _fetching("bundled-ffmpeg.sh", words, bundled)
    if spec.ffmpeg == FfmpegSource.URL:
        archive = urlsplit(spec.ffmpeg_url).path.lower().endswith(_ARCHIVES)
        name = "ffmpeg.tar" if archive else "ffmpeg"
        words = {"DOWNLOAD": name, "SHA256": spec.ffmpeg_sha256.lower()}
        return _fetching("unpack-ffmpeg.sh", words, ResourceFile(name, spec.ffmpeg_url))
    if spec.ffmpeg == FfmpegSource.IMAGE:
        return StartTask(_command_line("own-ffmpeg.sh"), admin=False)
    return StartTask(_command_line("install-ffmpeg.sh"), admin=True)


def _fetching(script: str, words: dict[str, str], file: ResourceFile) -> StartTask:
    return StartTask(_command_line(script, words), admin=False, resource_files=(file,))


def _command_line(script: str, words: dict[str, str] | None = None) -> str:
    """Return a script as a command line.

    How a Linux node splits a command line isn't documented; this one needs nothing of it but that
    a double-quoted text without special characters is one argument.
    """
    content = (resources.files("batchff.node") / script).read_text("utf-8")
    lines = (line.strip() for line in content.splitlines())
    text = " ".join(line for line in lines if line and not line.startswith("#"))
    for word, value in (words or {}).items():
        text = text.replace(word, value)
    return f'/bin/sh -c "{text}"'
