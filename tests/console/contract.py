"""The contract of `--json` as it was when it was last written down: `contract.json`, beside this.

After a change, raise its version as the test says, and write it down anew:

python -m tests.console.contract
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batchff.console.schema import whole_schema

FILE = Path(__file__).with_name("contract.json")
WRITE = "python -m tests.console.contract"
_NEW_VERSION = "the contract of --json has a new version"

# What lists alternatives of which a script takes only those that it knows.
_OPEN = (("anyOf",), ("$defs", "result", "anyOf"))


def contract() -> dict[str, Any]:
    """The contract as it is now, without its words: they may change."""
    found: dict[str, Any] = _bare(whole_schema())
    return found


def _bare(part: Any) -> Any:
    if isinstance(part, list):
        return [_bare(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _bare(value)
        for key, value in part.items()
        if not (key in ("description", "title") and isinstance(value, str))
    }


def written_down() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def breaks(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """What a script that knows the old contract can't rely on any more."""
    where = "/".join(path) or "the whole"
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            if (*path, key) == ("version",):
                continue
            if key not in new:
                yield f"{where}: {key!r} is gone"
            else:
                yield from breaks(old[key], new[key], (*path, key))
        if not _names_fields(path):
            yield from (
                f"{where}: {key!r} is new"
                for key in new
                if key not in old and key not in ("required", "$defs")
            )
    elif path[-1:] == ("required",):
        yield from (f"{where}: {key!r} may be missing" for key in old if key not in new)
    elif path[-1:] == ("enum",) or _is_open(path):
        yield from (f"{where}: {key!r} is gone" for key in old if key not in new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from breaks(before, after, (*path, str(number)))
    elif old != new:
        yield f"{where}: {json.dumps(old)} became {json.dumps(new)}"


def _names_fields(path: tuple[str, ...]) -> bool:
    """Whether a mapping's keys are names of ours, not JSON Schema's own words."""
    return path[-1:] in (("properties",), ("$defs",)) and path[-2:-1] != ("properties",)


def _is_open(path: tuple[str, ...]) -> bool:
    return path in _OPEN or path[-3:] == ("properties", "data", "anyOf")


def what_to_do(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Nothing where the contract is as it was written down, or else what is to be done."""
    if old == new:
        return ""
    broken = list(breaks(old, new))
    old_major, _, old_revision = old["version"].partition(".")
    major, _, revision = new["version"].partition(".")
    if broken and int(major) <= int(old_major):
        listed = "\n".join(broken[:20])
        return (
            "scripts that know the contract of --json would break. Leave what was there, or raise "
            f"VERSION in batchff/console/json_lines.py and set REVISION in "
            f"batchff/console/schema.py to 0:\n{listed}"
        )
    if (int(major), int(revision)) <= (int(old_major), int(old_revision)):
        return (
            "the contract of --json has more than before: raise REVISION in "
            f"batchff/console/schema.py, then: {WRITE}"
        )
    return f"{_NEW_VERSION}: write it down with: {WRITE}"


def main() -> int:
    """Write the contract down, if its version says that it changed."""
    new = contract()
    to_do = what_to_do(written_down(), new) if FILE.exists() else ""
    if to_do and not to_do.startswith(_NEW_VERSION):
        print(to_do, file=sys.stderr)
        return 1
    FILE.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
