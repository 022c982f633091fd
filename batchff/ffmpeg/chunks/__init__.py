"""Cuts a film into chunks that are encoded by themselves and joined again, exact to the picture.

    film = open_film(read, size, ".mp4", number=0)
    cuts = choose_cuts(film.keys, film.ends, seconds=30)
    film.chunk(cuts[0], cuts[1]).parts     # bytes of ours and ranges of the source: a small file
    chunk_recipe(recipe, film.starts)      # what is made of it

Nothing is decoded to cut it, and no ffmpeg runs.
"""
