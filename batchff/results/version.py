"""The result of `batchff --version`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Version(Result):
    """What a bug report needs: the versions of all that batchff is made of, and what it runs on.

    `ffmpeg` is the version of the ffmpeg that batchff brings, None where it brings none here.
    `packages` has only those that are installed.
    """

    command: ClassVar[str] = "version"
    version: str
    python: str
    platform: str
    ffmpeg: str | None
    packages: Mapping[str, str]
