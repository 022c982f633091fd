"""What is made of a chunk: the film's options and no others, or a reason why that can't be."""

from __future__ import annotations

from fractions import Fraction

import pytest

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.recipes import chunk_recipe, film_in
from batchff.model.inspection import StreamKind
from batchff.model.recipes import Count, Promise, PromisedStream, Recipe, RecipeOutput, Run
from tests.recipes import custom_recipe, one_run


def line(words: str, suffix: str = ".mp4") -> Recipe:
    return one_run(words.split(), suffix)


def made(words: str, suffix: str = ".mp4", *, has_end: bool = False) -> str:
    """Return the arguments that make a chunk of a source that begins at 0."""
    recipe = chunk_recipe(line(words, suffix), Fraction(0), has_end=has_end)
    return " ".join(recipe.runs[0].arguments)


_IN = "-copyts -i {input} -map 0:0"
_END = "-movie_timescale 1000000 chunk.mp4"


@pytest.mark.parametrize(
    ("words", "suffix", "arguments"),
    [
        ("-c:v libx264 -crf 20", ".mp4", f"{_IN} -c:v libx264 -crf 20 {_END}"),
        (
            "-map 0:v:0 -map 0:a -c:v libx265 -c:a aac -b:a 96k -metadata title=A -map_chapters -1",
            ".mkv",
            f"{_IN} -c:v libx265 {_END}",
        ),
        ("-c:v libx264 -vf scale=-2:480", ".mov", f"{_IN} -c:v libx264 -vf scale=-2:480 {{mov}}"),
        ("-c:v libvpx -b:v 1M -c:a libopus", ".webm", f"{_IN} -c:v libvpx -b:v 1M chunk.webm"),
        ("-c:v libsvtav1 -an", ".webm", f"{_IN} -c:v libsvtav1 {_END}"),
        ("-c:v ffv1", ".mkv", f"{_IN} -c:v ffv1 chunk.mkv"),
    ],
)
def test_a_chunk_has_the_films_options_alone(words: str, suffix: str, arguments: str) -> None:
    wanted = arguments.replace("{mov}", "-movie_timescale 1000000 chunk.mov")
    assert made(words, suffix) == wanted


def test_what_follows_the_chunk_is_trimmed_after_all_filters() -> None:
    assert made("-c:v libx264", has_end=True) == (
        f"{_IN} -c:v libx264 -filter:v:0 trim=end={{until}} {_END}"
    )
    assert made("-vf yadif,scale=-2:480 -c:v libx264", has_end=True) == (
        f"{_IN} -vf yadif,scale=-2:480,trim=end={{until}} -c:v libx264 {_END}"
    )


def test_times_are_those_of_the_whole_that_begins_at_0() -> None:
    recipe = chunk_recipe(line("-c:v libx264"), Fraction(3, 2))
    assert recipe.runs[0].arguments[:4] == ("-copyts", "-itsoffset", "-1.500000", "-i")


def test_a_chunk_promises_the_film_alone() -> None:
    streams = (
        PromisedStream(StreamKind.VIDEO, 3, transfer="smpte2084"),
        PromisedStream(StreamKind.AUDIO, 1, channels=2),
    )
    promise = Promise(
        video=Count.ONE, audio=Count.ALL, frames=True, off_by=0.001,
        compare=("pictures", "levels", "sound"), streams=streams,
    )  # fmt: skip
    run = Run(("-i", "{input}", "-map", "0:3", "-map", "0:1", "-c:v", "libx265", "output.mp4"))
    recipe = Recipe("x", (run,), (RecipeOutput("output.mp4", ".mp4", promise=promise),))

    assert film_in(recipe) == 3
    found = chunk_recipe(recipe, Fraction(0)).outputs[0]

    assert found.node_name == "chunk.mp4"
    assert found.promise.streams == (PromisedStream(StreamKind.VIDEO, 0, transfer="smpte2084"),)
    assert (found.promise.video, found.promise.audio) == (Count.ONE, Count.NONE)
    assert found.promise.compare == ("pictures", "levels")
    assert (found.promise.frames, found.promise.off_by) == (True, 0.001)


REFUSED = {
    "-c copy": "copied",
    "-c:v copy -c:a aac": "copied",
    "-vn -c:a aac": "no film",
    "-ss 3 -c:v libx264": "-ss counts from the film's beginning",
    "-t 3 -c:v libx264": "-t counts",
    "-frames:v 9 -c:v libx264": "-frames:v counts",
    "-r 25 -c:v libx264": "-r counts",
    "-pass 1 -c:v libx264": "more than one file",
    "-force_key_frames 1,2 -c:v libx264": "-force_key_frames counts",
    "-c:v libx264 -x264-params stats=a": "more than one file",
    "-c:v libx264 -x264-params keyint=50:zones=0,9,q=30": "-x264-params is for the whole film",
    "-c:v libx265 -x265-params crf=20:zones=0,9,q=30": "-x265-params is for the whole film",
    "-c:v libx264 -vf fade=in:0:30": "the filter fade may need more",
    "-c:v libx264 -vf fps=25": "the filter fps may need more",
    "-c:v libx264 -vf setpts=2*PTS": "the filter setpts may need more",
    "-c:v libx264 -vf minterpolate": "the filter minterpolate may need more",
    "-c:v libx264 -vf scale=-2:480,tmix": "the filter tmix may need more",
    "-c:v libx264 -vf crop=w=iw:h=ih-n": "the filter crop counts pictures",
    "-c:v libx264 -filter_complex [0:v]scale=2:2[v] -map [v]": "complex filter",
}


@pytest.mark.parametrize(("words", "reason"), REFUSED.items())
def test_what_needs_the_whole_film_is_refused_with_the_reason(words: str, reason: str) -> None:
    with pytest.raises(CannotCut, match=reason):
        chunk_recipe(line(words), Fraction(0))


@pytest.mark.parametrize("suffix", [".ts", ".avi", ".gif", ".m3u8"])
def test_formats_that_cannot_be_joined_are_refused(suffix: str) -> None:
    with pytest.raises(CannotCut):
        chunk_recipe(line("-c:v libx264", suffix), Fraction(0))


def test_several_outputs_inputs_or_runs_are_refused() -> None:
    recipe = custom_recipe("-c:v libx264", ".mp4")
    for other in (
        Recipe("x", recipe.runs * 2, recipe.outputs),
        Recipe("x", recipe.runs, recipe.outputs * 2),
        Recipe("x", recipe.runs, recipe.outputs, salvage=True),
        Recipe("x", (Run(("-i", "{input}", "-i", "{with:0}", "o.mp4")),), recipe.outputs),
        Recipe("x", (Run(recipe.runs[0].arguments, measures="loudness"),), recipe.outputs),
    ):
        with pytest.raises(CannotCut):
            film_in(other)


def _streams(*streams: PromisedStream) -> Recipe:
    recipe = line("-c:v libx264")
    output = RecipeOutput("output.mp4", ".mp4", promise=Promise(streams=streams))
    return Recipe("x", recipe.runs, (output,))


def test_the_film_must_be_the_one_that_is_encoded_and_come_first() -> None:
    video, cover = (
        PromisedStream(StreamKind.VIDEO, 0),
        PromisedStream(StreamKind.VIDEO, 1, is_cover=True, is_copy=True),
    )
    assert film_in(_streams(video, cover)) == 0
    assert film_in(line("-c:v libx264")) is None
    for streams in (
        (cover, video),
        (video, PromisedStream(StreamKind.VIDEO, 2)),
        (PromisedStream(StreamKind.VIDEO, 0, is_copy=True),),
        (PromisedStream(StreamKind.AUDIO, 0),),
        (PromisedStream(StreamKind.VIDEO, None),),
    ):
        with pytest.raises(CannotCut):
            film_in(_streams(*streams))
