from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import UsageError
from batchff.model.items import Cut
from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.pipeline.output_names import Naming, OutputNames

MP3 = Recipe("mp3", (Run(()),), (RecipeOutput("sound.mp3", ".mp3"),))
OPUS = Recipe("opus", (Run(()),), (RecipeOutput("sound.opus", ".opus"),))
LARGE = Recipe("h264", (Run(()),), (RecipeOutput("film.mp4", ".mp4"),))
SMALL = Recipe("h264-480", (Run(()),), (RecipeOutput("film.mp4", ".mp4"),))
BOTH = Recipe(
    "both",
    (Run(()),),
    (RecipeOutput("a.mp4", ".mp4", "film"), RecipeOutput("b.mp4", ".mp4", "trailer")),
)
HLS = Recipe("hls", (Run(()),), (RecipeOutput("hls", name="hls", is_folder=True),))

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1)


def made(source: str, *recipes: Recipe, naming: Naming | None = None) -> list[str]:
    """Return what all outputs of a source are called."""
    called = OutputNames(recipes, naming)
    return [
        called.relative(source, recipe, output) for recipe in recipes for output in recipe.outputs
    ]


@pytest.mark.parametrize(
    ("relative", "output"),
    [
        ("a.mp4", "a.mp3"),
        ("a.b.mp4", "a.b.mp3"),
        ("day.1/a", "day.1/a.mp3"),
        ("day.1/.hidden", "day.1/.hidden.mp3"),
        ("day.1/a.MOV", "day.1/a.mp3"),
        ("..a", "..a.mp3"),
        ("a.", "a..mp3"),
    ],
)
def test_an_output_has_the_path_of_its_input_but_for_the_last_suffix(
    relative: str, output: str
) -> None:
    assert made(relative, MP3) == [output]


@given(st.lists(names, min_size=1, max_size=4))
def test_an_output_stays_in_its_folder_and_ends_in_the_new_suffix(parts: list[str]) -> None:
    (output,) = made("/".join(parts), MP3)
    *folders, name = output.split("/")
    assert folders == parts[:-1]
    assert name.endswith(".mp3")
    assert name != ".mp3"


def test_outputs_of_different_suffixes_need_no_label() -> None:
    assert made("d/a.mov", MP3, OPUS, LARGE) == ["d/a.mp3", "d/a.opus", "d/a.mp4"]


def test_outputs_of_one_suffix_are_told_apart_by_preset_and_by_their_own_name() -> None:
    assert made("a.mov", LARGE, SMALL, MP3) == ["a.h264.mp4", "a.h264-480.mp4", "a.mp3"]
    assert made("a.mov", BOTH) == ["a.film.mp4", "a.trailer.mp4"]
    assert made("a.mov", BOTH, LARGE) == [
        *("a.both.film.mp4", "a.both.trailer.mp4", "a.h264.mp4"),
    ]


def test_the_sources_suffix_can_stay() -> None:
    assert made("d/a.mov", MP3, naming=Naming(keep_suffix=True)) == ["d/a.mov.mp3"]


def test_a_template_names_outputs_below_the_sources_folder() -> None:
    naming = Naming("{preset}/{stem}-{output}.{suffix}")
    assert made("d/a.mov", LARGE, BOTH, naming=naming) == [
        *("d/h264/a-h264.mp4", "d/both/a-film.mp4", "d/both/a-trailer.mp4"),
    ]
    assert made("a.mov", HLS, naming=Naming("{name}.{preset}.{suffix}")) == ["a.mov.hls"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{stem", "expected '}'"),
        ("{stem}.{size}", "has no field {size}"),
        ("{}.mp4", "has no field {}"),
        ("film.{suffix}", "would call all outputs alike"),
        ("/tmp/{stem}", "isn't a path below the output folder"),
        ("../{stem}", "isn't a path below the output folder"),
        ("a//{stem}", "isn't a path below the output folder"),
        ("{stem!r}", "has no field {stem!r}"),
        ("{stem:>99}", "has no field {stem:>99}"),
    ],
)
def test_a_template_that_cant_name_outputs_is_a_usage_error(template: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        Naming(template)
    assert message in str(raised.value)


def test_a_template_and_a_kept_suffix_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        Naming("{stem}", keep_suffix=True)


def test_each_way_of_naming_has_a_key_of_its_own() -> None:
    keys = {Naming().key, Naming(keep_suffix=True).key, Naming("{stem}").key}
    assert len(keys) == 3
    assert Naming().key == ""
    assert Naming(keep_suffix=True).key == Naming("{name}").key


def test_a_template_can_say_which_part_of_a_source_it_is() -> None:
    called = OutputNames([MP3], Naming("{cut}/{stem}.{suffix}"))
    part = Cut(Decimal(5), Decimal(9))
    assert called.relative("a/b.mov", MP3, MP3.outputs[0], part) == "a/5s-9s/b.mp3"
    assert called.relative("a/b.mov", MP3, MP3.outputs[0]) == "a/whole/b.mp3"
