from __future__ import annotations

from batchff.model.recipes import Recipe, RecipeOutput, Run, read_recipes, recipes_file


def recipe(*runs: tuple[str, ...]) -> Recipe:
    return Recipe("mine", tuple(map(Run, runs)), (RecipeOutput("a.mp4", ".mp4"),))


def test_a_recipe_says_how_many_files_beside_the_source_it_needs() -> None:
    assert recipe(("-i", "{input}", "{with:a}", "{with:}")).files_beside == 0
    assert recipe(("-i", "{with:0}")).files_beside == 1
    first = ("-vf", "subtitles={with:1}:si=0,lut3d={with:2}")
    assert recipe(first, ("-i", "{with:0}")).files_beside == 3


def test_recipes_are_read_as_they_were_written() -> None:
    written = (recipe(("-i", "{input}", "caf\udce9")), recipe())
    assert read_recipes(recipes_file(written)) == written
