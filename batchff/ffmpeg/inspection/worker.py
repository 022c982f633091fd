"""The process that looks into files: `python -P -m batchff.ffmpeg.inspection.worker`.

It reads on stdin which files to look into, and answers on stdout with a line of JSON for each. It
opens files of this machine itself. For others it asks for their bytes: it has no network and no
credential. It ends when stdin ends.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from batchff.ffmpeg.inspection import look as looking
from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.wire import CRASHES, READY, reason_of
from batchff.model.inspection import Inspected, NotMedia, inspected_json

MEMORY = 1024 * 1024 * 1024
"""What libav may map at most; a file that needs more isn't looked into."""

# Of the processor, for one file: this ends a process that nobody else ends any more.
_SECONDS = 30


def main() -> None:
    """Answer until there's nothing more to answer."""
    asked, answers = sys.stdin.buffer, _private_stdout()
    # Ctrl-C reaches it too: the process that started it says when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    looking.set_up()
    _say(answers, READY)
    while line := asked.readline():
        job = json.loads(line)
        if "paths" in job:
            for path in job["paths"]:
                _say(answers, inspected_json(_answer(partial(_look_at, path))))
        else:
            file = BlockFile(job["size"], _reader(asked, answers))
            _say(answers, inspected_json(_answer(partial(looking.look, file, job["suffix"]))))


def _private_stdout() -> BinaryIO:
    """Keep stdout for answers: what a library may print goes nowhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return answers


def _say(answers: BinaryIO, line: str) -> None:
    answers.write(line.encode() + b"\n")
    answers.flush()


def _answer(look: Callable[[], Inspected]) -> Inspected:
    _limit_time()
    try:
        return look()
    except OSError as error:
        return NotMedia(reason_of(error))
    except MemoryError:
        return looking.TOO_LARGE
    except Exception:
        # Whatever is in a file, the next one is looked into.
        return CRASHES


def _look_at(path: str) -> Inspected:
    # Opening a pipe would wait for whoever writes to it.
    if not stat.S_ISREG(os.stat(path).st_mode):
        return NotMedia("not a regular file")
    with open(path, "rb", buffering=0) as file:

        def read_at(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        size = os.fstat(file.fileno()).st_size
        return looking.look(BlockFile(size, read_at), os.path.splitext(path)[1])


def _reader(asked: BinaryIO, answers: BinaryIO) -> Callable[[int, int], bytes]:
    def read_at(start: int, length: int) -> bytes:
        _say(answers, json.dumps({"read": [start, length]}))
        size = int(asked.readline())
        if size < 0:
            raise OSError("it can't be read")
        return asked.read(size)

    return read_at


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, most in _limits(resource):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (limit, hard))
        except (OSError, ValueError):
            continue  # macOS has no such limit


def _limits(resource: Any) -> tuple[tuple[int, int], ...]:
    return (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        # It writes no file, whatever a file makes it do.
        (resource.RLIMIT_FSIZE, 0),
    )


def _limit_time() -> None:
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(time.process_time()) + _SECONDS
    resource.setrlimit(
        resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


if __name__ == "__main__":
    main()
