"""Items of any kind, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

from batchff.model.items import Beside, Cut, Item, ItemTask, NodeFile, Output, Side, Work

paths = st.text('ab/ é🎬%\n"\\\x1b', min_size=1, max_size=6)
blobs = paths
node_files = st.builds(
    NodeFile,
    st.text("ab.", min_size=1, max_size=3),
    blobs,
    st.sampled_from([Side.INPUT, Side.OUTPUT]),
    st.sampled_from(["", "video/mp4"]),
    st.booleans(),
)
works = st.builds(
    Work,
    st.text("ab ./-", max_size=4),
    st.lists(node_files, max_size=2).map(tuple),
    st.lists(node_files, max_size=2).map(tuple),
)


seconds = st.none() | st.decimals(0, 10**6, places=3)
cuts = st.builds(Cut, seconds, seconds)
beside = st.builds(Beside, st.text("with-01.", min_size=1, max_size=8), blobs, st.integers(0, 9))

T = TypeVar("T")


def some_of(things: Sequence[T]) -> st.SearchStrategy[set[T]]:
    """Any choice of these; none of them too."""
    return st.sets(st.sampled_from(things)) if things else st.just(set())


@st.composite
def any_item(draw: st.DrawFn) -> Item:
    """An item with any outputs and a graph of tasks without a circle."""
    time = draw(st.none() | st.integers(0, 2**62))
    output = st.builds(Output, paths, blobs, st.booleans(), modified_ns=st.just(time))
    outputs = draw(st.lists(output, max_size=2).map(tuple))
    names = draw(st.lists(st.text("ab-1", min_size=1, max_size=2), max_size=4, unique=True))
    tasks = []
    for number, name in enumerate(names):
        tasks.append(
            ItemTask(
                name,
                makes=tuple(sorted(draw(some_of(range(len(outputs)))))),
                depends_on=tuple(sorted(draw(some_of(names[:number])))),
                work=draw(st.none() | works),
                recipe=draw(st.integers(0, 2)),
                cut=draw(cuts),
            )
        )
    return Item(
        relative=draw(paths),
        size=draw(st.integers(0, 2**40)),
        input_blob=draw(blobs),
        outputs=outputs,
        tasks=tuple(draw(st.permutations(tasks))),
        not_encoded="" if tasks else draw(st.text(max_size=10)),
        is_salvageable=not tasks and draw(st.booleans()),
        beside=tuple(draw(st.lists(beside, max_size=2))),
        done=tuple(sorted(draw(some_of(range(len(outputs)))))),
    )
