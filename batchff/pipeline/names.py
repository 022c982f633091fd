"""Names in Azure: blobs, input sets, jobs and tasks, made from what the user's files are called.

A name is a pure function of its arguments: any machine that knows the job finds everything.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.errors import UsageError
from batchff.model.places import read_place
from batchff.model.recipes import recipes_file

if TYPE_CHECKING:
    from batchff.model.job_facts import JobFacts
    from batchff.model.places import BlobPlace
    from batchff.model.recipes import Recipe

OUTPUT_FOLDER = "batchff-output"
"""Where outputs are downloaded to by default; a folder of this name is never taken as input."""

STOPPED = "BatchffStop"
FAILED_FAST = "BatchffFailFast"
FAILED_ALIKE = "BatchffFailedAlike"
NOTHING_LEFT = "BatchffNothingLeft"
"""The reasons that a job shows: `job stop` ended it, or `submit --fail-fast`, or a command that
watched it and saw its first files fail alike, by ffmpeg's arguments; or a submit had no file left
of which anything could be made.
"""

RECIPES_BLOB = "recipes.json"
"""A job's recipes as a retry reads them, among the files for its nodes."""

_BESIDE = ".with/"
_SET_HASH = re.compile(r"-[0-9a-f]{8}\Z")
_INSPECTED = ".inspected/"
_HASH = re.compile(r"[0-9a-f]{12}")
_LONGEST_ID = 64
_BETWEEN_NAMES = "+"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_IN_A_BLOB = re.compile(r"[\x00-\x1f\x7f-\x9f\\]|\.(?=/|\Z)|%(?=[0-9A-Fa-f]{2})")
_WRITTEN_BY_NUMBER = re.compile(r"%([0-9A-Fa-f]{2})")


def input_prefix(input_set: str) -> str:
    """Return what the names of an input set's blobs begin with."""
    return f"{input_set}/"


def input_blob(input_set: str, relative: str) -> str:
    """Return the name of the blob that a file of an input set becomes."""
    return input_prefix(input_set) + blob_path(relative)


def output_blob(job: str, relative: str) -> str:
    """Return the name of the blob that an output of a job becomes."""
    return media_prefix(job) + blob_path(relative)


def blob_path(relative: str) -> str:
    """Return a path as a blob's name can have it; `relative_path` is the way back.

    A file's name can hold what a blob's can't: control characters, a backslash (which the service
    takes for a slash), a dot at the end of a part ("Naming and referencing containers, blobs, and
    metadata"). These are written as % and two hexadecimal digits, and so is a % before two such
    digits; all other names stay as they are.
    """
    return _NOT_IN_A_BLOB.sub(lambda found: f"%{ord(found[0]):02X}", relative)


def relative_path(path: str) -> str:
    """Return the path that `blob_path` made a blob's name of."""
    return _WRITTEN_BY_NUMBER.sub(lambda found: chr(int(found[1], 16)), path)


def job_prefix(job: str) -> str:
    """Return what the names of all of a job's blobs begin with, in the output container."""
    return f"{job}/"


def media_prefix(job: str) -> str:
    """Return what the names of a job's outputs begin with."""
    return f"{job_prefix(job)}media/"


def logs_prefix(job: str) -> str:
    """Return what the names of the logs of all of a job's tasks begin with."""
    return f"{job_prefix(job)}logs/"


def log_prefix(job: str, task: str) -> str:
    """Return what the names of a task's logs begin with."""
    return f"{logs_prefix(job)}{task}/"


def told_prefix(job: str) -> str:
    """Return the prefix of the blobs that hold nodes' remarks on files."""
    return f"{job_prefix(job)}told/"


def node_prefix(job: str) -> str:
    """Return what the names of the files that a job sends to its nodes begin with."""
    return f"{job_prefix(job)}node/"


def manifest_blob(blob: str) -> str:
    """Return the name of the manifest of an output that is a folder, beside what is in it."""
    return f"{blob}.manifest"


def recipe_blob(number: int) -> str:
    """Return what a job's recipe of this number is called among the files for its nodes."""
    return f"recipe-{number}.txt"


def joined_names(presets: Iterable[str]) -> str:
    """Return what a job's presets are called together; `split_names` is the way back."""
    return _BETWEEN_NAMES.join(dict.fromkeys(presets))


def split_names(names: str) -> tuple[str, ...]:
    """Return the names that `joined_names` put together."""
    return tuple(names.split(_BETWEEN_NAMES)) if names else ()


def beside_folder(number: int) -> str:
    """Return the folder of an input set that has the files of the `number`th `--with`, from 0.

    A folder of this name is hidden, so that no source is in it.
    """
    return f"{_BESIDE}{number}/"


def inspections_prefix(input_set: str) -> str:
    """Return the prefix of the blobs that hold the inspections of an input set's files."""
    return input_prefix(input_set) + _INSPECTED


def is_source(relative: str) -> bool:
    """Return whether a blob of an input set is a source, by its path in the set.

    Others are second inputs, and what is known of the files.
    """
    return not relative.startswith((_BESIDE, _INSPECTED))


def task_id(relative: str, recipe: str = "", cut: str = "") -> str:
    """Make the id of the task that encodes a file: readable, and unique without case.

    Where several tasks make different things of a file, `recipe` is the name of the task's own, and
    `cut` says which part of the file it's for.
    """
    stem = relative.rpartition("/")[2].rpartition(".")[0]
    label = f"-{_slug(recipe, 12)}" if recipe else ""
    part = f"-{_digest(cut)[:8]}" if cut else ""
    slug = _slug(stem, 36 - len(part)) or "file"
    return f"{slug}{label}-{_digest_of(relative, recipe)}{part}"


def part_id(relative: str, task: str, part: str) -> str:
    """Make the id of a task that makes a part of what another one joins: at most 40 characters."""
    stem = relative.rpartition("/")[2].rpartition(".")[0]
    parts = [each for each in task.split("-") if _HASH.fullmatch(each)]
    return f"{_slug(stem, 16) or 'film'}-{(parts or [_digest(task)])[-1]}-{part}"


def recipe_of(task: str, relative: str, recipes: Sequence[str]) -> str:
    """Return which of these recipes a file's task is of; empty where a job has only one."""
    parts = task.split("-")
    several = recipes if len(recipes) > 1 else ()
    return next((recipe for recipe in several if _digest_of(relative, recipe) in parts), "")


def _digest_of(relative: str, recipe: str) -> str:
    return _digest(relative, recipe) if recipe else _digest(relative)


def input_set_name(paths: Sequence[Path]) -> str:
    """Name the input set of these paths: the same on each run on this machine, and only here."""
    import platform  # slow to import, and most commands name no set

    folders = [str(path.resolve()) for path in paths]
    first = Path(folders[0])
    # With several files, as a shell's `*.mp4` gives, the first one's name changes as files come.
    named = first.parent if len(folders) > 1 and first.is_file() else first
    name = _slug(named.name, 32) or "files"
    return f"{name}-{_digest(platform.node(), *folders)[:8]}"


def set_label(input_set: str) -> str:
    """Return the readable part of an input set's name: the same on any machine."""
    return _SET_HASH.sub("", input_set) or input_set


def folder_name(source: str, presets: str) -> str:
    """Return what the folder for outputs is called: by an input set, or a place, and presets."""
    return _slug(f"{set_label(source)}-{presets}", 64)


def source_name(facts: JobFacts) -> str:
    """Return what a job's sources are called together: their input set, or their place."""
    place = read_place(facts.source)
    return place_name(place) if place else facts.input_set


def place_name(place: BlobPlace) -> str:
    """Name media that is in storage already: the same on each run, with any SAS."""
    name = _slug((place.prefix or place.container).rpartition("/")[2], 32) or "files"
    return f"{name}-{_digest(place.written)[:8]}"


def fingerprint(files: Iterable[tuple[str, int, str]]) -> str:
    """Return a digest of files' paths, sizes and versions (a time or a hash), in any order."""
    return _digest(*sorted(f"{path}\0{size}\0{version}" for path, size, version in files))


def job_name(input_set: str, inputs: str, recipes: Sequence[Recipe], naming: str = "") -> str:
    """Name the job that encodes these files this way; `inputs` is their fingerprint.

    The same files, unchanged, with the same arguments give the same name, so that a command given
    twice finds its job; anything else gives another.
    """
    made = recipes_file(recipes).decode()
    names = joined_names(recipe.name for recipe in recipes)
    label = _slug(set_label(input_set), 24) or "files"
    return f"{label}-{_slug(names, 12)}-{_short_digest(input_set, inputs, made, naming)}"


def is_id(text: str) -> bool:
    """Return whether the service can take a text as an id."""
    return _ID.fullmatch(text) is not None


def retry_name(job: str, number: int) -> str:
    """Name the job that encodes again, for the `number`th time, what failed in a job."""
    return _numbered(job, "-retry", number)


def again_name(job: str, number: int) -> str:
    """Name the job that makes again, for the `number`th time, what a job of this name has made."""
    return _numbered(job, "-again", number)


def _numbered(job: str, ending: str, number: int) -> str:
    """A long id is cut, and gets a hash of the whole: long ids often differ only at the end."""
    if number > 1:
        ending += f"-{number}"
    if len(job) + len(ending) > _LONGEST_ID:
        ending = f"-{_digest(job)[:8]}{ending}"
    return job[: _LONGEST_ID - len(ending)] + ending


def checked_id(name: str, where: str) -> str:
    """Return an id if the service can take it; raise UsageError, with where it's given, if not."""
    if not is_id(name):
        raise UsageError(
            f"{where}: {name!r} can't be an id",
            hint="an id is at most 64 letters, digits, '-' and '_'",
        )
    return name


def _slug(text: str, length: int) -> str:
    """Return the text in ASCII letters, digits and single dashes, as much as fits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:length].strip("-")


def _digest(*parts: str) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()[:12]


def _short_digest(*parts: str) -> str:
    """Return 40 bits in eight letters and digits, for ids that people read."""
    return base64.b32encode(hashlib.sha256(_joined(parts)).digest()[:5]).decode().lower()


def _joined(parts: Iterable[str]) -> bytes:
    return "\0".join(parts).encode("utf-8", "surrogateescape")
