"""Fetch the nodes' ffmpeg from a package index, where this machine's own package has another kind.

The index is PyPI, or the one that `PIP_INDEX_URL` names. Only the SHA-256 of the file counts.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import platformdirs

from batchff.events.ffmpeg import FfmpegBytes, FfmpegFetching
from batchff.ffmpeg.nodes_build import NodesWheel
from batchff.pipeline.node_ffmpeg.errors import NoBuild

if TYPE_CHECKING:
    import requests

    from batchff.console.reporter import Reporter

PYPI = "https://pypi.org/simple"

_INDEX_VARIABLE = "PIP_INDEX_URL"
_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPTED = f"{_JSON}, text/html;q=0.1"
_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_PIECE = 1 << 20
# Seconds to connect, and between two pieces of an answer.
_PATIENCE = (10, 30)
_ATTEMPTS = 3


def fetched_program(wheel: NodesWheel, reporter: Reporter) -> Path:
    """Return the program in a wheel, from the user's cache or else fetched into it.

    Raises NoBuild where it can't be fetched, or isn't the one that's wanted.
    """
    try:
        folder = platformdirs.user_cache_path("batchff") / "ffmpeg"
        program = folder / f"{wheel.member.rpartition('/')[2]}-{wheel.ffmpeg_sha256[:12]}"
        if _sha256(program) == wheel.ffmpeg_sha256:
            return program
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetched-") as name:
            file = Path(name, wheel.file)
            _fetch(wheel, file, reporter)
            unpacked = Path(name, "ffmpeg")
            _unpack(wheel, file, unpacked)
            unpacked.replace(program)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NoBuild(f"the nodes' ffmpeg can't be kept here: {reason}") from error
    except RuntimeError as error:
        raise NoBuild("you have no home folder, so nowhere to keep the nodes' ffmpeg") from error
    return program


def _fetch(wheel: NodesWheel, file: Path, reporter: Reporter) -> None:
    import requests  # slow to import

    index = os.environ.get(_INDEX_VARIABLE) or PYPI
    shown = _shown(index)
    reporter.report(FfmpegFetching(wheel.ffmpeg_version, shown, wheel.bytes))
    with _session() as session:
        try:
            address = _address(session, index, wheel)
            if address is None:
                raise NoBuild(f"{shown} has no {wheel.file}")
            _download(session, address, wheel, file, reporter)
        except requests.RequestException as error:
            # What it says may hold an address with a password.
            reason = type(error).__name__
            if error.response is not None:
                reason = f"it answers {error.response.status_code}"
            raise NoBuild(f"{wheel.file} can't be fetched from {shown}: {reason}") from error


def _session() -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    passing = Retry(_ATTEMPTS - 1, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=passing))
    return session


def _address(session: requests.Session, index: str, wheel: NodesWheel) -> str | None:
    """Return where an index has the wheel; see "Simple repository API" of PyPA's specifications."""
    page = f"{index.rstrip('/')}/{wheel.project}/"
    answer = session.get(page, headers={"Accept": _ACCEPTED}, timeout=_PATIENCE)
    answer.raise_for_status()
    for link in _links(answer):
        address = urljoin(answer.url, link)
        if urlsplit(address).path.rpartition("/")[2] == wheel.file:
            return address
    return None


def _links(answer: requests.Response) -> Iterator[str]:
    if answer.headers.get("Content-Type", "").partition(";")[0].strip() != _JSON:
        yield from map(unescape, _LINK.findall(answer.text))
        return
    listed: Any = answer.json()
    try:
        yield from (str(file["url"]) for file in listed["files"])
    except (KeyError, TypeError):
        return  # it's no index's answer: the wheel isn't there


def _download(
    session: requests.Session, address: str, wheel: NodesWheel, file: Path, reporter: Reporter
) -> None:
    digest, got = hashlib.sha256(), 0
    with session.get(address, stream=True, timeout=_PATIENCE) as answer, file.open("wb") as stream:
        answer.raise_for_status()
        for piece in answer.iter_content(_PIECE):
            got += len(piece)
            if got > wheel.bytes:
                break
            digest.update(piece)
            stream.write(piece)
            reporter.report(FfmpegBytes(len(piece), wheel.bytes))
    if got != wheel.bytes or digest.hexdigest() != wheel.sha256:
        raise NoBuild(f"{wheel.file} from {_shown(address)} isn't the one that batchff knows")


def _unpack(wheel: NodesWheel, file: Path, program: Path) -> None:
    with (
        zipfile.ZipFile(file) as archive,
        archive.open(wheel.member) as packed,
        program.open("wb") as stream,
    ):
        while piece := packed.read(_PIECE):
            stream.write(piece)
    assert _sha256(program) == wheel.ffmpeg_sha256, "the wheel is the right one, its facts aren't"


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _shown(address: str) -> str:
    """Return where an address leads, without a user and a password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
