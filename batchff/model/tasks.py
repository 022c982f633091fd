"""Tasks to add, with the files that go to a node and come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ResourceFile:
    """What a node fetches before a task runs; `path` is below the task's directory.

    `url` may carry a SAS, so it isn't shown. With `identity`, a resource id, it carries none. With
    `prefix`, `url` is a container's, and all its blobs whose names begin so are fetched: to the
    folder `path`, each below it by its whole name. An empty prefix is for all blobs, None for one.
    """

    path: str
    url: str = field(repr=False)
    identity: str = ""
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """What a node sends to a container when a task ended.

    `blob` is the blob's name or, where `pattern` has a wildcard, what the names begin with.
    `condition` is the service's term: tasksuccess, taskfailure or taskcompletion. With `identity`,
    a resource id, the container's URL carries no SAS. `content_type` is that of the blob, or the
    service's usual one; `metadata` are the blob's.
    """

    pattern: str
    blob: str
    condition: str
    container_url: str = field(repr=False)
    identity: str = ""
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task to add. `name` is free text; the command line is plain words.

    `time_limit` is for each attempt; `retries` counts the attempts after the first, which the
    service makes after any nonzero exit code. It runs in `container_image`, or else on the node. It
    waits until the tasks `depends_on`, by their ids, have succeeded or satisfy their dependents:
    those that `satisfies_dependents` do so however they end.
    """

    id: str
    name: str
    command_line: str
    resource_files: tuple[ResourceFile, ...]
    output_files: tuple[OutputFile, ...]
    time_limit: timedelta
    retries: int = 0
    container_image: str = ""
    depends_on: tuple[str, ...] = ()
    satisfies_dependents: bool = False
