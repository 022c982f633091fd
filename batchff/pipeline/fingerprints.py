"""Fingerprints: what an output is made from. By them a later job finds it and doesn't make it.

An output is made from the content of its source and of the files beside it, by a recipe, with an
ffmpeg. Beside it, its node leaves a verdict: a small blob whose name says all of that, and which
task of which job made it. So one listing says what was made of a folder's files, in any job.

A verdict's name has no file's name in it: only hashes, sizes, and ids of ours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchff.model.files import BlobInfo
from batchff.model.items import Item, ItemTask
from batchff.model.recipes import Recipe, recipes_file
from batchff.node.files import node_input_name
from batchff.pipeline.names import set_label

RECIPE_VERSION = 1
"""Raised by hand when the same recipe gives another result: by another script, or another check."""

VERDICTS = ".done/"
"""What the names of all verdicts begin with in the output container. No job's id has a dot."""

_MAJOR = re.compile(r"[nNvV]?([0-9]+)[.-]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verdict's name says.

    `label` is that of the input set, on whatever machine it is; `file` a hash of the source's path
    in it, `made_by` one of all that is asked of ffmpeg. `content` identifies what was read. `task`
    of `job` made the outputs.
    """

    label: str
    file: str
    made_by: str
    ffmpeg: str
    content: str
    job: str
    task: str

    @property
    def blob(self) -> str:
        """The verdict's name."""
        parts = (self.label, self.file, self.made_by, self.ffmpeg, self.content, self.job)
        return f"{VERDICTS}{'/'.join(parts)}/{self.task}"

    @property
    def made(self) -> str:
        """A hash of what the outputs are made from, for their metadata."""
        return _hash(self.made_by, self.ffmpeg, self.content)


def read_verdict(blob: str) -> Verdict | None:
    """Return what a blob's name says; None where it's no verdict."""
    parts = blob.removeprefix(VERDICTS).split("/")
    return Verdict(*parts) if blob.startswith(VERDICTS) and len(parts) == 7 else None


def verdict_of(
    item: Item, task: ItemTask, recipes: Sequence[Recipe], input_set: str, ffmpeg: str, job: str
) -> Verdict:
    """Return the verdict that a task is to leave; its item's content must be known."""
    return Verdict(
        set_label(input_set),
        file_hash(item.relative),
        made_by(item, task, recipes),
        ffmpeg,
        item.content,
        job,
        task.id,
    )


def made_by(item: Item, task: ItemTask, recipes: Sequence[Recipe]) -> str:
    """Return a hash of all that is asked of ffmpeg: recipe, part, and what files are called."""
    recipe = recipes[task.recipe]
    names = (node_input_name(item.relative), *(file.name for file in item.beside))
    asked = recipes_file((recipe,)).decode()
    return _hash(str(RECIPE_VERSION), asked, task.cut.label, *names)


def ffmpeg_generation(version: str, source: str) -> str:
    """Return the major version of the nodes' ffmpeg; where it isn't known, where that is from."""
    found = _MAJOR.match(version)
    return found[1] if found else source


def content_of(size: int, *versions: str) -> str:
    """Return what identifies a source of this size, with the files beside it.

    The `versions` are theirs, the source's first: see `version_of`.
    """
    return f"{size}-{versions[0] if len(versions) == 1 else _hash(*versions)}"


def version_of(md5: bytes | None, etag: str, size: int) -> str:
    """Return what identifies a blob's content: its MD5, or else its ETag and size."""
    return md5.hex() if md5 else _hash(etag, str(size))


def content_in(item: Item, inputs: Mapping[str, BlobInfo]) -> str:
    """Return an item's content by the blobs that it reads; nothing where one isn't there."""
    blobs = [inputs.get(name) for name in (item.input_blob, *(file.blob for file in item.beside))]
    versions = [version_of(blob.md5, blob.etag, blob.size) for blob in blobs if blob is not None]
    source = inputs.get(item.input_blob)
    if source is None or len(versions) < len(blobs):
        return ""
    return content_of(source.size, *versions)


def size_of(content: str) -> int:
    """Return the size of the source in what `content_of` returned; -1 where there is none."""
    size = content.partition("-")[0]
    return int(size) if size.isascii() and size.isdigit() else -1


def file_hash(relative: str) -> str:
    """Return what a verdict calls a source of this path."""
    return _hash(relative)


def _hash(*parts: str) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).hexdigest()[:24]
