from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.inspection import StreamKind
from batchff.model.recipes import Count, Promise, PromisedStream, Recipe, RecipeOutput, Run
from batchff.node.recipe_file import read_recipe_file, recipe_file

ANY_BYTES = st.binary(max_size=30).filter(lambda data: not {0, 10} & set(data))
TEXTS = ANY_BYTES.map(lambda data: data.decode("utf-8", "surrogateescape"))
NAMES = st.text(
    st.characters(exclude_characters="/\n\0", exclude_categories=["Cs"]), min_size=1
).filter(lambda name: name != ".." and not name.startswith("-"))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
NUMBERS = st.none() | st.integers(1, 9999)
STREAMS = st.builds(
    PromisedStream,
    st.sampled_from(StreamKind),
    st.none() | st.integers(0, 99),
    is_copy=st.booleans(),
    channels=NUMBERS,
    transfer=st.sampled_from(["", "smpte2084"]),
)
COUNTS = st.sampled_from(Count)
PROMISES = st.builds(
    Promise,
    *(COUNTS, COUNTS, COUNTS, st.booleans(), st.booleans()),
    width=NUMBERS,
    height=NUMBERS,
    decodes=st.booleans(),
    compare=st.sampled_from([(), ("sound",), ("pictures", "levels", "sound")]),
    streams=st.none() | st.lists(STREAMS, max_size=3).map(tuple),
)
RECIPES = st.builds(
    Recipe,
    name=st.just("mine"),
    runs=st.lists(
        st.builds(Run, st.lists(TEXTS).map(tuple), st.sampled_from(["", "loudness"])), min_size=1
    ).map(tuple),
    outputs=st.lists(
        st.builds(RecipeOutput, PATHS, is_folder=st.booleans(), promise=PROMISES),
        min_size=1,
        max_size=3,
    ).map(tuple),
    folders=st.lists(PATHS, max_size=3).map(tuple),
)
RUN = Run(("-i", "{input}", "out.mp4"))
OUTPUT = RecipeOutput("out.mp4", ".mp4")


@given(RECIPES)
def test_what_is_written_is_read_again(recipe: Recipe) -> None:
    assert read_recipe_file(recipe_file(recipe), "mine") == recipe


def test_a_recipe_is_written_line_by_line() -> None:
    recipe = Recipe(
        "ladder",
        (Run(("-i", "{input}", "-f", "null", "-"), "loudness"), RUN),
        (OUTPUT, RecipeOutput("hls", is_folder=True)),
        ("hls",),
    )

    assert recipe_file(recipe) == (
        b"Dhls\nFout.mp4\nGhls\n"
        b"Rloudness\nA-i\nA{input}\nA-f\nAnull\nA-\n"
        b"R\nA-i\nA{input}\nAout.mp4\n"
    )


def test_what_is_promised_of_an_output_follows_it() -> None:
    sound = PromisedStream(StreamKind.AUDIO, 1, channels=2)
    picture = PromisedStream(StreamKind.VIDEO, is_copy=True, transfer="arib-std-b67")
    promise = Promise(Count.ONE_IF_ANY, duration=True, height=720, streams=(picture, sound))
    recipe = Recipe("two", (RUN,), (RecipeOutput("out.mp4", promise=promise), OUTPUT))

    assert recipe_file(recipe).startswith(
        b"Fout.mp4\nPcounts one-if-any any any\nPduration\nPsize 0 720\nPstreams\n"
        b"Pstream video - copy - arib-std-b67\nPstream audio 1 made 2 -\nFout.mp4\nR\n"
    )


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("none", (), (OUTPUT,)),
        Recipe("none", (RUN,), ()),
        Recipe("none", (Run(("two\nlines",)),), (OUTPUT,)),
        Recipe("none", (Run(("zero\0",)),), (OUTPUT,)),
        Recipe("none", (Run((), "colours"),), (OUTPUT,)),
        Recipe("none", (RUN,), (RecipeOutput("../out.mp4"),)),
        Recipe("none", (RUN,), (RecipeOutput("/out.mp4"),)),
        Recipe("none", (RUN,), (RecipeOutput("-out.mp4"),)),
        Recipe("none", (RUN,), (RecipeOutput(""),)),
        Recipe("none", (RUN,), (OUTPUT,), ("a/../..",)),
    ],
)
def test_what_no_node_can_run_is_refused(recipe: Recipe) -> None:
    with pytest.raises(ValueError):
        recipe_file(recipe)


@pytest.mark.parametrize(
    "content", [b"Abefore any run\n", b"Pduration\nFa\nR\n", b"R\nXother\n", b"R\n\nA-i\n"]
)
def test_a_line_that_is_not_known_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="known"):
        read_recipe_file(content, "mine")
