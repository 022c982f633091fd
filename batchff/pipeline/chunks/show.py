"""Say where the films of files would be cut."""

from __future__ import annotations

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.recipes import film_in
from batchff.ffmpeg.streams import choose_streams
from batchff.model.film_chunks import Chunk, Chunks
from batchff.model.inspection import Inspection
from batchff.model.items import Item
from batchff.model.recipes import Recipe
from batchff.pipeline.chunks.open import Opener, film_of
from batchff.pipeline.chunks.plan import cuts_of, spans


def chunks_of(
    name: str,
    size: int,
    inspection: Inspection,
    recipe: Recipe | None,
    seconds: float,
    open_source: Opener,
) -> Chunks:
    """Return where a file's film is cut into chunks of about so many seconds.

    With a recipe, that is one that must be able to do with chunks.
    """
    try:
        film = choose_streams(inspection, "").film
        if (film_in(recipe) if recipe else None) is None and film is None:
            raise CannotCut("there is no film in it")
        with open_source(Item(name, size, name)) as source:
            cut = film_of(source, name, recipe, film.index if film else None)
            cuts = cuts_of(cut, seconds)
            ends = [*(cut.keys[at].time for at in cuts[1:]), cut.ends]
            chunks = tuple(
                Chunk(
                    round(float(cut.keys[first].time - cut.starts), 6),
                    round(float(end - cut.starts), 6),
                    cut.chunk(first, after).size,
                )
                for (first, after), end in zip(spans(cuts), ends, strict=True)
            )
            return Chunks(chunks, cut.rest().size, "")
    except CannotCut as error:
        return Chunks((), 0, str(error))
