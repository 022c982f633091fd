"""What batchff writes into a pool's metadata: its specification, and the job that it's made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.pools import PoolSpec
from batchff.model.stamp import is_ours, stamp, stamped_fact

# It may hold a SAS, and many can read metadata.
_SECRET = "ffmpeg_url"
_NUMBERS = tuple(each.name for each in fields(PoolSpec) if each.type == "int")
_FLAGS = tuple(each.name for each in fields(PoolSpec) if each.type == "bool")
_TEXTS = tuple(each.name for each in fields(PoolSpec) if each.type == "str")


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What is known of a pool that batchff made.

    `spec` is None where an earlier batchff didn't write it down, or somebody has changed it so that
    it can't be read. It's without the URL of ffmpeg, which may hold a SAS: the checksum says
    which program it is. `job` is the job that the pool is made for; a pool for many jobs has none.
    `ffmpeg_until` is when the SAS by which nodes fetch their ffmpeg ends; None where there is none.
    """

    spec: PoolSpec | None = None
    job: str = ""
    ffmpeg_until: datetime | None = None

    def metadata(self) -> dict[str, str]:
        """Return the facts as metadata, stamped; what is empty is left out."""
        facts = {"job": self.job} if self.job else {}
        if self.ffmpeg_until is not None:
            facts["ffmpeg_until"] = self.ffmpeg_until.isoformat(timespec="seconds")
        if self.spec is not None:
            for name in (*_TEXTS, *_NUMBERS, *_FLAGS):
                value = getattr(self.spec, name)
                if value != "" and name != _SECRET:
                    facts[name] = value if isinstance(value, str) else str(int(value))
        return stamp(**facts)


def read_pool_facts(metadata: Mapping[str, str]) -> PoolFacts | None:
    """Return the facts in a pool's metadata; None where batchff didn't make the pool."""
    if not is_ours(metadata):
        return None
    return PoolFacts(
        _read_spec(metadata), stamped_fact(metadata, "job") or "", _read_time(metadata)
    )


def _read_time(metadata: Mapping[str, str]) -> datetime | None:
    try:
        until = datetime.fromisoformat(stamped_fact(metadata, "ffmpeg_until") or "")
    except ValueError:
        return None
    return until if until.tzinfo else None


def _read_spec(metadata: Mapping[str, str]) -> PoolSpec | None:
    texts = {name: stamped_fact(metadata, name) or "" for name in _TEXTS}
    if not texts["vm_size"]:
        return None
    texts["ffmpeg"] = texts["ffmpeg"] or _former_source(texts)
    try:
        numbers = {name: int(stamped_fact(metadata, name) or "") for name in _NUMBERS}
        flags = {name: bool(int(stamped_fact(metadata, name) or "")) for name in _FLAGS}
    except ValueError:
        return None
    return PoolSpec(**texts, **numbers, **flags)  # type: ignore[arg-type]


def _former_source(texts: Mapping[str, str]) -> str:
    """Return where a pool of an earlier batchff has its ffmpeg from."""
    if texts["container_image"]:
        return FfmpegSource.CONTAINER
    return FfmpegSource.URL if texts["ffmpeg_sha256"] else FfmpegSource.APT
