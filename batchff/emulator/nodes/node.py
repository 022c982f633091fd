"""A node's directories and the environment of what runs on it, as on a Linux node of Azure Batch.

startup/                          the start task: stdout.txt, stderr.txt, wd/, certs/
shared/                           for what tasks share
workitems/<job>/job-1/<task>/     a task: stdout.txt, stderr.txt, wd/, certs/; see `layout`
applications/, fsmounts/, volatile/   the service makes these too; here they stay empty

Source: "Files and directories in Azure Batch", "Azure Batch runtime environment variables". Of the
second one, what only multi-instance tasks have is in `multi_instance`; `AZ_BATCH_APP_PACKAGE_…` and
`AZ_BATCH_AUTHENTICATION_TOKEN` are missing: there are no packages, and no tokens for tasks.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.root import Root
from batchff.emulator.state.model import Document

_FOLDERS = ("applications", "fsmounts", "shared", "startup", "volatile/startup", "workitems")
_RESERVED_DISK_SPACE = "1000000"
"""The bytes that the service keeps free on a disk, as its documentation has them."""
NODE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
if sys.platform == "darwin":
    NODE_PATH = f"/opt/homebrew/bin:{NODE_PATH}"


@dataclass(frozen=True, slots=True)
class Workplace:
    """The directory of a task or start task."""

    root: Path

    @property
    def working_directory(self) -> Path:
        """Where the command runs, `AZ_BATCH_TASK_WORKING_DIR`."""
        return self.root / "wd"

    @property
    def stdout(self) -> Path:
        """The file of its standard output."""
        return self.root / "stdout.txt"

    @property
    def stderr(self) -> Path:
        """The file of its standard error."""
        return self.root / "stderr.txt"

    @property
    def certificates(self) -> Path:
        """Where its certificates would be, `AZ_BATCH_CERTIFICATES_DIR`: it has none."""
        return self.root / "certs"

    def clear(self) -> None:
        """Delete what an earlier try left; where there was none, nothing happens."""
        if self.root.exists():
            shutil.rmtree(self.root)

    def make(self) -> None:
        """Make it; nothing of it may exist."""
        self.working_directory.mkdir(parents=True)
        self.certificates.mkdir()
        self.stdout.touch()
        self.stderr.touch()


@dataclass(frozen=True, slots=True)
class NodeDirectory:
    """A node's own folder, `AZ_BATCH_NODE_ROOT_DIR`."""

    root: Path

    @property
    def shared(self) -> Path:
        """What tasks share, `AZ_BATCH_NODE_SHARED_DIR`."""
        return self.root / "shared"

    @property
    def mounts(self) -> Path:
        """Where file systems would be mounted, `AZ_BATCH_NODE_MOUNTS_DIR`: none is."""
        return self.root / "fsmounts"

    @property
    def startup(self) -> Workplace:
        """The start task's directory."""
        return Workplace(self.root / "startup")

    def task(self, job_id: str, task_id: str) -> Workplace:
        """Give a task's directory."""
        return Workplace(self.root / task_directory(job_id, task_id))

    def make(self) -> None:
        """Make the node's folders, where they don't exist."""
        for name in _FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True)
class NodeIdentity:
    """What a node knows of itself: its tasks get it as environment variables."""

    account: str
    account_url: str
    pool_id: str
    node_id: str
    number: int
    """Counts the account's nodes in the order in which they were made."""
    dedicated: bool
    directory: NodeDirectory
    programs: Path
    """Put first on PATH where something lies in it: the emulator's own `ffmpeg`."""
    admins: frozenset[str] = frozenset()
    """The user accounts of its pool that have the rights of an administrator."""
    runs_containers: bool = False
    """Whether its pool was made for containers."""

    def environment(self, place: Workplace, settings: Iterable[Document]) -> dict[str, str]:
        """Give the environment of a command: the settings' and the node's, none of the emulator's.

        A setting can't change an `AZ_BATCH_` variable: by them the service knows its processes.
        """
        own = self._own(place)
        wanted = {setting["name"]: setting.get("value", "") for setting in settings}
        fixed = {name: value for name, value in own.items() if name.startswith("AZ_BATCH_")}
        return {**own, **wanted, **fixed}

    def task_environment(
        self,
        job_id: str,
        task_id: str,
        settings: Iterable[Document],
        preparation: str | None = None,
    ) -> dict[str, str]:
        """Give the environment of a task whose job has a preparation task of this id."""
        place = self.directory.task(job_id, task_id)
        fixed = {"AZ_BATCH_JOB_ID": job_id, "AZ_BATCH_TASK_ID": task_id}
        if preparation is not None:
            prepared = self.directory.task(job_id, preparation)
            fixed["AZ_BATCH_JOB_PREP_DIR"] = str(prepared.root)
            fixed["AZ_BATCH_JOB_PREP_WORKING_DIR"] = str(prepared.working_directory)
        return {**self.environment(place, settings), **fixed}

    def _own(self, place: Workplace) -> dict[str, str]:
        working_directory = str(place.working_directory)
        return {
            **self._of_every_command,
            "HOME": working_directory,
            "AZ_BATCH_TASK_DIR": str(place.root),
            "AZ_BATCH_TASK_WORKING_DIR": working_directory,
            "AZ_BATCH_CERTIFICATES_DIR": str(place.certificates),
        }

    @cached_property
    def _of_every_command(self) -> dict[str, str]:
        own = any(self.programs.iterdir())
        search = f"{self.programs}:{NODE_PATH}" if own else NODE_PATH
        return {
            "PATH": search,
            "LANG": "C.UTF-8",
            "AZ_BATCH_ACCOUNT_NAME": self.account,
            "AZ_BATCH_ACCOUNT_URL": self.account_url,
            "AZ_BATCH_POOL_ID": self.pool_id,
            "AZ_BATCH_NODE_ID": self.node_id,
            "AZ_BATCH_NODE_IS_DEDICATED": str(self.dedicated).lower(),
            "AZ_BATCH_NODE_ROOT_DIR": str(self.directory.root),
            "AZ_BATCH_NODE_MOUNTS_DIR": str(self.directory.mounts),
            "AZ_BATCH_NODE_SHARED_DIR": str(self.directory.shared),
            "AZ_BATCH_NODE_STARTUP_DIR": str(self.directory.startup.root),
            "AZ_BATCH_NODE_STARTUP_WORKING_DIR": str(self.directory.startup.working_directory),
            "AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": _RESERVED_DISK_SPACE,
        }


def ensure_ffmpeg(root: Root, search: str = NODE_PATH) -> None:
    """Put the `ffmpeg` that imageio-ffmpeg carries in the root's bin: it's the image's own.

    If it has none for this machine, nodes get the ffmpeg of their PATH `search`, or else that of
    the user's PATH.
    """
    program = _bundled()
    if program is None and not shutil.which("ffmpeg", path=search):
        program = shutil.which("ffmpeg")
    link = root.bin / "ffmpeg"
    if link.is_symlink() and program is not None and os.readlink(link) == program:
        return
    link.unlink(missing_ok=True)
    if program is not None:
        link.symlink_to(program)


def _bundled() -> str | None:
    import imageio_ffmpeg  # type: ignore[import-untyped]

    try:
        program = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None
    # Where it carries none, it gives what the PATH has, by that name alone.
    return program if os.path.isabs(program) else None
