"""What the blobs of a film's chunks are called, below the job's own folder."""

from __future__ import annotations

from batchff.pipeline.names import job_prefix


def all_chunks_prefix(job: str) -> str:
    """Return what the names of all blobs of a job's chunks begin with."""
    return f"{job_prefix(job)}chunks/"


def chunks_prefix(job: str, task: str) -> str:
    """Return what the names of the blobs begin with that are there until a task has joined them."""
    return f"{all_chunks_prefix(job)}{task}/"


def sources_prefix(prefix: str) -> str:
    """Return what the names of all that chunks are encoded from begin with."""
    return f"{prefix}source/"


def source_blob(prefix: str, number: int | None) -> str:
    """Return the name of what a chunk is encoded from; without a number, all but the film is."""
    return f"{sources_prefix(prefix)}{'rest' if number is None else f'{number:04d}'}"


def film_folder(prefix: str) -> str:
    """Return the folder of all that a task joins."""
    return f"{prefix}film"


def part_folder(prefix: str, part: int) -> str:
    """Return the folder of the chunks that are joined into a longer one first."""
    return f"{prefix}part-{part:02d}"


def chunk_blob(folder: str, number: int, suffix: str) -> str:
    """Return the name of an encoded chunk in one of these folders."""
    return f"{folder}/{number:04d}{suffix}"


def rest_blob(prefix: str, name: str) -> str:
    """Return the name of the output without its film: beside the chunks, for one look at all."""
    return f"{film_folder(prefix)}/{name}"


def scores_blob(prefix: str, number: int) -> str:
    """Return what the name begins with of what a chunk's quality was measured as."""
    return f"{film_folder(prefix)}/{number:04d}.scores"
