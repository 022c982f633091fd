"""What files can be called on the systems that outputs are downloaded to.

Windows' rules are by "Naming Files, Paths, and Namespaces" and "Maximum Path Length Limitation" of
Microsoft's documentation.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath
from typing import TypeVar

_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE
)
_LONGEST_BELOW_FOLDERS = 240
"""Windows takes 260 characters, with the name of a partial file beside it."""
_EXTENDED = "\\\\?\\"

P = TypeVar("P", bound=PurePath)


@dataclass(frozen=True, slots=True)
class FileNames:
    """The names that a system's files can have; two that it takes for one are one file there."""

    are_windows: bool = False
    ignore_case: bool = False

    def why_not(self, relative: str) -> str:
        """Return why no file here can have this path below a folder; nothing where one can."""
        if not self.are_windows:
            return ""
        for part in relative.split("/"):
            if found := _NOT_ON_WINDOWS.search(part):
                return f"Windows has no file with {found[0]!r} in its name"
            if _DEVICE.fullmatch(part):
                return f"{part!r} is the name of a device in Windows"
            if part.endswith((".", " ")) and part not in (".", ".."):
                last = "dot" if part.endswith(".") else "blank"
                return f"Windows drops the {last} at the end of a name"
        return ""

    def key(self, relative: str) -> str:
        """Return what is the same for two paths that are one file here."""
        if not self.ignore_case:
            return relative
        return unicodedata.normalize("NFC", unicodedata.normalize("NFC", relative).casefold())


POSIX = FileNames()
MACOS = FileNames(ignore_case=True)
WINDOWS = FileNames(are_windows=True, ignore_case=True)


def names_here(system: str = sys.platform) -> FileNames:
    """Return the names that this machine's files can have, as its system usually is set up."""
    return {"win32": WINDOWS, "darwin": MACOS}.get(system, POSIX)


def extended(path: P) -> P:
    r"""Return a path that Windows takes at any length: an absolute one, with `\\?\` before it.

    Others are returned as they are: those of other systems, and short or relative ones.
    """
    if not isinstance(path, PureWindowsPath) or not path.is_absolute():
        return path
    written = str(path)
    if len(written) < _LONGEST_BELOW_FOLDERS or written.startswith(_EXTENDED):
        return path
    if written.startswith("\\\\"):
        return type(path)(f"{_EXTENDED}UNC\\{written[2:]}")
    return type(path)(f"{_EXTENDED}{written}")
