"""Recordings of the real service, replayed to emulators: how many answers are alike.

    python -m tests.clients.recordings FOLDER [NAME...]

The folder has recordings as `*.json`: requests, and what the service answered. Each is played to an
emulator of its own, as it was recorded; what differs is printed, and at the end how many answers
are the same, or differ in timing only. It ends with 1 where that is less than `LEAST` of them.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from batchff.emulator.options import ServiceOptions
from tests.emulator.running import Answer, Connection, running_service

LEAST = 0.93
"""The share of answers that are alike; what the rest is, the emulator's README says."""
_ALLOCATION_SECONDS = 2.0
_POLL_SECONDS = 0.2
_RECORDED_ON = date(2026, 11, 30)
"""The day to which the dates of schedules were moved."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ETAG = re.compile(r'"?0x[0-9A-F]{10,}"?')
_GUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SHIFTED = re.compile(r"2026-11-\d\dT")

_OF_THE_MOMENT = frozenset(
    {
        *("allocationState", "currentDedicatedNodes", "currentLowPriorityNodes"),
        *("ipAddress", "publicIPAddress", "publicFQDN", "frontendPort", "exactVersion", "version"),
        *("totalTasksRun", "totalTasksSucceeded", "runningTasksCount", "runningTaskSlotsCount"),
        *("creating", "idle", "starting", "running", "total", "waitingForStartTask"),
    }
)
_OF_THE_RUN = re.compile(
    r"(^|\.)(executionInfo\.(startTime|endTime|exitCode|result)|nodeInfo|previousState"
    r"|previousStateTransitionTime|lastBootTime|nodeAgentInfo)($|\.)"
)
"""What depends on how fast something happened, and where."""
_HEADERS = frozenset(
    {
        *("content-type", "dataserviceid", "etag", "last-modified", "location", "retry-after"),
        *("ocp-creation-time", "ocp-batch-file-isdirectory"),
        *("ocp-batch-file-url", "ocp-batch-file-mode"),
    }
)
_LEFT_OUT = "..."
"""Stands in recordings for a part of a text that wasn't written down."""
_KEYS = ("id", "poolId", "taskId", "name", "key")


@dataclass
class Replay:
    """One recording, on one emulator."""

    service: Connection
    api: str
    nodes: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    modified: dict[str, str] = field(default_factory=dict)
    etag: str | None = None

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        if path.startswith("{NEXT:"):
            link = self.links.get(path[6:-1], "/none?")
            return self.service.send(method, link, None, headers, version=None)
        path = self._named(path)
        whole = f"{path}{'&' if '?' in path else '?'}{self.api}"
        return self.service.send(method, whole, body, headers, version=None)

    def _named(self, text: str) -> str:
        for number, node in enumerate(self.nodes):
            text = text.replace(f"{{NODE{number}}}", node)
        return text

    def body_of(self, entry: dict[str, Any]) -> Any:
        """Give a request's body, its schedule's days moved to now."""
        if entry.get("body") is None:
            return None
        days = (datetime.now(UTC).date() - _RECORDED_ON).days
        text = self._named(json.dumps(entry["body"]))
        return json.loads(_SHIFTED.sub(lambda found: _later(found[0], days), text))

    def wait(self, entry: dict[str, Any]) -> None:
        """Wait until something has a value, or all nodes of a pool are idle."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if "wait" in entry:
                value: Any = self._read(entry["wait"])
                for name in entry["field"].split("."):
                    value = value.get(name) if isinstance(value, dict) else None
                if value == entry["value"]:
                    return
            else:
                nodes = self._read(f"/pools/{entry['wait_nodes']}/nodes").get("value", [])
                states = [node["state"] for node in nodes]
                if len(states) == entry["count"] and set(states) == {"idle"}:
                    self.nodes[:] = [node["id"] for node in nodes]
                    return
                if "starttaskfailed" in states:
                    return
            time.sleep(_POLL_SECONDS)

    def settle(self, entry: dict[str, Any]) -> None:
        """Wait for pools that were steady when this was answered: clients wait, replays don't."""
        answered = entry.get("resp") or {}
        for document in answered.get("value") or [answered]:
            if isinstance(document, dict) and document.get("allocationState") == "steady":
                self._await_steady(document.get("id") or urlsplit(entry["p"]).path.split("/")[-1])

    def _await_steady(self, pool: str) -> None:
        if self._read(f"/pools/{pool}"):
            self.wait({"wait": f"/pools/{pool}", "field": "allocationState", "value": "steady"})

    def _read(self, path: str) -> dict[str, Any]:
        answer = self.send("GET", path, None, {})
        return answer.json() if answer.status == 200 else {}

    def differences(self, entry: dict[str, Any], answer: Answer) -> Iterator[tuple[str, bool]]:
        """Give what differs, and whether that is of the moment."""
        if answer.status != entry["status"]:
            yield f"status {entry['status']}, emulator {answer.status} {answer.data[:300]!r}", False
            return
        for told in self._header_differences(entry, answer):
            yield told, False
        text, length = entry.get("text"), entry.get("length")
        if text is not None and answer.data.decode() != text:
            yield f"content {text!r}, emulator {answer.data[:80]!r}", False
        if length is not None and len(answer.data) != length:
            yield f"{length} bytes, emulator {len(answer.data)}", False
        wanted = entry.get("resp")
        if wanted is None:
            return
        found = self._neutral(answer.json())
        if entry.get("shape_only"):
            yield from ((told, False) for told in _missing_fields(wanted, found))
            return
        for path, told in _compare(wanted, found, ""):
            last = path.rsplit(".", 1)[-1].partition("[")[0]
            of_moment = last in _OF_THE_MOMENT or bool(_OF_THE_RUN.search(path))
            yield f"{path}: {told}", of_moment and "order" not in told

    def _header_differences(self, entry: dict[str, Any], answer: Answer) -> Iterator[str]:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        wanted, present = set(entry["h"]), _HEADERS & headers.keys()
        yield from (f"header missing: {name}" for name in sorted(wanted - present))
        yield from (f"header extra: {name}" for name in sorted(present - wanted))
        for name, value in entry.get("hv", {}).items():
            quoted = value.startswith("quoted:")
            form = self._named(value.removeprefix("quoted:"))
            form = form.replace("{B}", self.service.batch_endpoint)
            if headers.get(name) != (quote(form, safe="") if quoted else form):
                yield f"header {name}: {form}, emulator {headers.get(name)}"
        unchanged = "etag_same_as_last" in entry or "etag_same_as_get" in entry
        if unchanged and self.etag and headers.get("etag") != self.etag:
            yield "the ETag has changed"

    def note(self, entry: dict[str, Any], answer: Answer) -> None:
        """Remember what later requests refer to."""
        self.etag = answer.headers.get("etag") or self.etag
        if "save_lm" in entry:
            self.modified[entry["save_lm"]] = answer.headers["last-modified"]
        if "save_next" in entry and answer.status == 200:
            link = answer.json().get("odata.nextLink", "")
            self.links[entry["save_next"]] = link.replace(self.service.batch_endpoint, "")

    def headers_of(self, entry: dict[str, Any]) -> dict[str, str]:
        return {
            name: self.modified[value[4:-1]] if value.startswith("{LM:") else value
            for name, value in entry.get("rh", {}).items()
        }

    def _neutral(self, value: Any) -> Any:
        """Write a value as recordings do: without what is different each time."""
        if isinstance(value, dict):
            return {name: self._neutral(content) for name, content in value.items()}
        if isinstance(value, list):
            return [self._neutral(item) for item in value]
        if not isinstance(value, str):
            return value
        value = value.replace(self.service.batch_endpoint, "{B}")
        for number, node in enumerate(self.nodes):
            value = value.replace(node, f"{{NODE{number}}}")
        value = "<etag>" if _ETAG.fullmatch(value) else _TIME.sub("<time>", value)
        value = re.sub(r"RequestId:[0-9a-f-]+", "RequestId:<rid>", value)
        value = re.sub(r"\$skiptoken=.*$", "$skiptoken=<token>", value)
        return value if "subscriptions/" in value else _GUID.sub("<guid>", value)


def _later(found: str, days: int) -> str:
    moved = date.fromisoformat(found[:-1]).toordinal() + days
    return f"{date.fromordinal(moved).isoformat()}T"


def _missing_fields(wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Compare lists of which a recording has but a few items."""
    names, others = ({name for item in each["value"] for name in item} for each in (wanted, found))
    yield from (f"no item has {name}" for name in sorted(names - others))
    if wanted["odata.metadata"] != found["odata.metadata"]:
        yield f"odata.metadata {wanted['odata.metadata']}, emulator {found['odata.metadata']}"


def _is_same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str) and _LEFT_OUT in wanted:
        parts = map(re.escape, wanted.split(_LEFT_OUT))
        return re.fullmatch(".*".join(parts), found, re.DOTALL) is not None
    return bool(wanted == found and type(wanted) is type(found))


def _compare(wanted: Any, found: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in wanted:
            if name in found:
                yield from _compare(wanted[name], found[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}", "missing"
        yield from ((f"{path}.{name}", "extra") for name in found if name not in wanted)
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _compare_lists(wanted, found, path)
    elif not _is_same(wanted, found):
        yield path, f"{str(wanted)[:200]!r}, emulator {str(found)[:200]!r}"


def _compare_lists(wanted: list[Any], found: list[Any], path: str) -> Iterator[tuple[str, str]]:
    records = [*wanted, *found]
    named = all(isinstance(item, dict) for item in records)
    key = next((key for key in _KEYS if named and all(key in item for item in records)), None)
    if key is None:
        if len(wanted) != len(found):
            yield path, f"{len(wanted)} items, emulator {len(found)}"
        for index, (one, other) in enumerate(zip(wanted, found, strict=False)):
            yield from _compare(one, other, f"{path}[{index}]")
        return
    names, others = [item[key] for item in wanted], [item[key] for item in found]
    if key == "taskId":  # the service answers for tasks that are added in any order
        names, others = sorted(names), sorted(others)
    if names != others:
        yield path, f"order or members {names}, emulator {others}"
    by_name = {item[key]: item for item in found}
    for item in wanted:
        if item[key] in by_name:
            yield from _compare(item, by_name[item[key]], f"{path}[{item[key]}]")


def replay(recording: dict[str, Any], folder: Path) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Play a recording to a new emulator; give each answered request, with what differs."""
    options = ServiceOptions(allocation_seconds=_ALLOCATION_SECONDS)
    with running_service(folder, options) as service:
        play = Replay(service, recording["api"])
        for entry in copy.deepcopy(recording["entries"]):
            if "sleep" in entry:
                time.sleep(entry["sleep"])
            elif "wait" in entry or "wait_nodes" in entry:
                play.wait(entry)
            else:
                play.settle(entry)
                body, headers = play.body_of(entry), play.headers_of(entry)
                answer = play.send(entry["m"], entry["p"], body, headers)
                if not entry.get("setup"):
                    yield entry, list(play.differences(entry, answer))
                    play.note(entry, answer)


def main(arguments: list[str]) -> int:
    """Play them; return the exit code."""
    if not arguments:
        print(__doc__)
        return 2
    folder = Path(arguments[0])
    files = sorted(folder.glob("*.json"))
    counts = Counter[str]()
    for file in files:
        if arguments[1:] and file.stem not in arguments[1:]:
            continue
        with tempfile.TemporaryDirectory(prefix="replay-") as root:
            for entry, found in replay(json.loads(file.read_text()), Path(root)):
                real = [told for told, of_moment in found if not of_moment]
                counts["differ" if real else "timing" if found else "same"] += 1
                if real:
                    print(f"{file.stem}: {entry['m']} {entry['p']}")
                    print("".join(f"    {told}\n" for told in real), end="")
    alike = counts["same"] + counts["timing"]
    print(
        f"{alike} of {counts.total()} answers are alike: {counts['same']} are the same,"
        f" {counts['timing']} differ in timing only"
    )
    return 0 if alike >= LEAST * counts.total() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
