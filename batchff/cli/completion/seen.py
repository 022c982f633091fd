"""The ids that commands have seen, kept so that a Tab needs no request.

They lie in one small file in the user's cache, by profile. It may be removed at any time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import platformdirs

if TYPE_CHECKING:
    from batchff.console.reporter import CommandResult, Console
    from batchff.console.screen.state import ScreenState
    from batchff.errors import BatchffError
    from batchff.events import Event

Kind = Literal["job", "pool", "input_set", "image"]
KINDS: tuple[Kind, ...] = ("job", "pool", "input_set", "image")
_KEPT = 200
_ENDINGS = ("job delete", "pool delete")


def seen_file() -> Path:
    """Return the path of the file that keeps the ids."""
    return platformdirs.user_cache_path("batchff") / "seen.json"


def seen_ids(profile: str, kind: Kind) -> list[str]:
    """Return the ids of a kind that commands with this profile have seen, the newest first."""
    found = _read().get(profile, {})
    return [str(name) for name in found.get(kind, ())]


@dataclass(slots=True)
class SeenIds:
    """The ids that one command has seen, and those that it has removed."""

    found: dict[Kind, list[str]] = field(default_factory=dict)
    listed: set[Kind] = field(default_factory=set)
    gone: dict[Kind, set[str]] = field(default_factory=dict)

    def see_event(self, event: Event) -> None:
        """Take the ids that an event names."""
        if event.kind == "removed":
            self._remove(getattr(event, "what", ""), getattr(event, "name", ""))
        else:
            self._see(event)

    def see_result(self, result: CommandResult) -> None:
        """Take the ids that a result names; a list of them takes the place of those before."""
        data = result.data
        command = getattr(data, "command", "")
        if command in _ENDINGS:
            kind = command.partition(" ")[0]
            self._remove(kind, getattr(data, kind))
            return
        if getattr(data, "submitted", True) is False:
            return  # a dry run names what isn't there yet
        lists: tuple[tuple[Kind, str, str], ...] = (
            ("job", "job list", "jobs"),
            ("pool", "pool list", "pools"),
            ("image", "pool images", "images"),
        )
        for kind, lister, name in lists:
            if command == lister:
                self.listed.add(kind)
                self.found[kind] = [getattr(each, kind) for each in getattr(data, name)]
        self._see(data)

    def keep(self, profile: str) -> None:
        """Write the ids beside those of earlier commands; a cache that can't be written is left."""
        if not (self.found or self.listed or self.gone):
            return
        everything = _read()
        before = everything.get(profile, {})
        newest = {kind: self._newest(kind, before.get(kind, ())) for kind in KINDS}
        after: dict[str, Any] = {kind: ids for kind, ids in newest.items() if ids}
        if after != before:
            _write({**everything, profile: after})

    def _newest(self, kind: Kind, before: Iterable[str]) -> list[str]:
        ids = [*self.found.get(kind, ()), *(() if kind in self.listed else before)]
        gone = self.gone.get(kind, set())
        return [name for name in dict.fromkeys(ids) if name not in gone][:_KEPT]

    def _see(self, facts: object) -> None:
        for kind in KINDS[:3]:
            name = getattr(facts, kind, None)
            if isinstance(name, str) and name:
                names = self.found.setdefault(kind, [])
                if name not in names:
                    names.insert(0, name)

    def _remove(self, kind: str, name: str) -> None:
        for each in KINDS:
            if each == kind:
                self.gone.setdefault(each, set()).add(name)


class SeeingConsole:
    """A console that takes the ids out of all that another console shows."""

    def __init__(self, console: Console, seen: SeenIds) -> None:
        self._console = console
        self._seen = seen

    @property
    def follows_progress(self) -> bool:
        """Whether the other console shows how far each running task is."""
        return self._console.follows_progress

    def report(self, event: Event) -> None:
        """Show an event, now."""
        self._seen.see_event(event)
        self._console.report(event)

    def finish(self, result: CommandResult) -> None:
        """Print a command's result on stdout."""
        self._seen.see_result(result)
        self._console.finish(result)

    def fail(self, error: BatchffError) -> None:
        """Print an expected error in one line."""
        self._console.fail(error)

    def close(self) -> None:
        """Restore the terminal."""
        self._console.close()


class _CountingConsole(SeeingConsole):
    """The same of a console that counts by itself: then nothing else needs to count."""

    @property
    def state(self) -> ScreenState:
        """What the events came to."""
        return self._console.state  # type: ignore[attr-defined, no-any-return]


def seeing_console(console: Console, seen: SeenIds) -> Console:
    """Return a console that shows the same, and takes the ids out of it."""
    kind = _CountingConsole if hasattr(type(console), "state") else SeeingConsole
    return kind(console, seen)


def _read() -> dict[str, Mapping[str, Any]]:
    """Return what the file holds; nothing where it's missing or isn't what batchff writes."""
    try:
        found = json.loads(seen_file().read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(profile): {kind: ids for kind, ids in kinds.items() if isinstance(ids, list)}
        for profile, kinds in found.items()
        if isinstance(kinds, dict)
    }


def _write(everything: Mapping[str, Mapping[str, Any]]) -> None:
    file = seen_file()
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Another command may read or write at the same time.
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            written = Path(folder, file.name)
            written.write_text(json.dumps(everything))
            written.replace(file)
