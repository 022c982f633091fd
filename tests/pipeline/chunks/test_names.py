from __future__ import annotations

from batchff.pipeline.chunks.names import (
    all_chunks_prefix,
    chunk_blob,
    chunks_prefix,
    film_folder,
    part_folder,
    rest_blob,
    source_blob,
)


def test_all_of_a_films_chunks_are_below_the_task_that_joins_them() -> None:
    prefix = chunks_prefix("job", "film-1")
    names = {
        source_blob(prefix, 3),
        source_blob(prefix, None),
        chunk_blob(film_folder(prefix), 3, ".mp4"),
        chunk_blob(part_folder(prefix, 1), 1003, ".mp4"),
        rest_blob(prefix, "rest.mp4"),
    }
    assert names == {
        "job/chunks/film-1/source/0003",
        "job/chunks/film-1/source/rest",
        "job/chunks/film-1/film/0003.mp4",
        "job/chunks/film-1/part-01/1003.mp4",
        "job/chunks/film-1/film/rest.mp4",
    }
    assert all(name.startswith(all_chunks_prefix("job")) for name in names)
