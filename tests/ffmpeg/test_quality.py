from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.chunks.recipes import chunk_recipe
from batchff.ffmpeg.quality import with_quality, without_quality
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Recipe, read_recipes, recipes_file
from batchff.node.recipe_file import read_recipe_file, recipe_file
from tests.recipes import custom_recipe, preset_recipe

VMAF = AskedQuality(Metric.VMAF, 93)


def arguments(recipe: Recipe) -> tuple[str, ...]:
    return recipe.runs[0].arguments


@pytest.mark.parametrize("preset", ["h264", "h264-web", "hevc", "hevc-hdr", "av1", "vp9"])
def test_a_preset_with_a_crf_takes_a_quality(preset: str) -> None:
    recipe = with_quality(preset_recipe(preset), VMAF)

    assert recipe.quality is not None
    for run in recipe.runs:
        assert run.arguments[run.arguments.index("-crf") + 1] == "{measured:crf}"
    sample = recipe.quality.words
    assert sample[sample.index("-crf") + 1] == "{measured:crf}"
    assert recipe.quality.best < recipe.quality.start < recipe.quality.worst
    assert recipe.quality.chain.startswith("yadif")
    for of_others in ("-c:a", "-filter:v:0", "-filter:a", "-map_metadata", "-metadata"):
        assert of_others not in sample
    assert "-pass" not in sample
    assert sample[:2] == ("-map", "0:v:0")
    assert sample[-1].startswith("probe.")


def test_a_fine_crf_of_svt_av1_goes_by_its_own_parameters() -> None:
    recipe = with_quality(preset_recipe("av1"), VMAF)

    words = arguments(recipe)
    expected = "fps-num=30:fps-denom=1:crf={measured:crf}"
    assert words[words.index("-svtav1-params") + 1] == expected
    assert recipe.quality is not None
    assert expected in recipe.quality.words
    plain = with_quality(custom_recipe("-c:v libsvtav1 -crf 30", ".mp4"), VMAF)
    assert "crf={measured:crf}" in arguments(plain)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (preset_recipe("mp3"), "--vmaf needs a preset that encodes a film with a CRF, and mp3 "),
        (preset_recipe("hls"), "and hls makes more than one file"),
        (preset_recipe("archive"), "and archive makes more than one file"),
        (custom_recipe("-c:v mpeg4 -q:v 3", ".mp4"), "has none"),
        (
            custom_recipe("-filter_complex [0:v]hflip[v] -map [v] -c:v libx264 -crf 20", ".mp4"),
            "makes its film by a complex filter",
        ),
        (custom_recipe("-c:v libx264rgb -crf 20", ".mkv"), "a CRF can't be found for the encoder"),
    ],
)
def test_what_has_no_crf_to_find_is_refused(recipe: Recipe, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        with_quality(recipe, VMAF)
    assert words in refused.value.message


def test_a_bit_rate_is_capped_in_samples_too() -> None:
    recipe = with_quality(preset_recipe("h264"), AskedQuality(Metric.VMAF, 93, most_rate="6M"))

    assert recipe.quality is not None
    for words in (arguments(recipe), recipe.quality.words):
        assert words[words.index("-maxrate:v:0") + 1] == "6M"
        assert words[words.index("-bufsize:v:0") + 1] == "6M"
    with pytest.raises(UsageError, match="takes no highest bit rate"):
        with_quality(preset_recipe("vp9"), AskedQuality(Metric.VMAF, 93, most_rate="6M"))


@pytest.mark.parametrize(("preset", "worst"), [("h264", 51), ("hevc", 51), ("av1", 63)])
def test_a_range_ends_where_the_encoders_own_does(preset: str, worst: float) -> None:
    recipe = preset_recipe(preset)
    found = with_quality(recipe, AskedQuality(Metric.VMAF, 93, best=20, worst=worst)).quality
    assert found is not None and found.worst == worst
    if worst < 63:
        with pytest.raises(UsageError, match=f"is at most {worst}, not 60"):
            with_quality(recipe, AskedQuality(Metric.VMAF, 93, best=20, worst=60))


def test_the_first_crf_is_by_the_target_and_within_the_range() -> None:
    def start(target: float, best: float | None = None, worst: float | None = None) -> float:
        asked = AskedQuality(Metric.VMAF, target, best=best, worst=worst)
        quality = with_quality(preset_recipe("h264"), asked).quality
        assert quality is not None
        return quality.start

    assert start(95) < start(90) < start(85)
    assert (start(90, worst=20), start(90, best=40)) == (20, 40)


def test_a_quality_is_kept_in_plans_and_for_nodes() -> None:
    recipe = with_quality(
        preset_recipe("av1"), AskedQuality(Metric.SSIM, 0.98, 0.001, 20, 40, "", 0.1)
    )
    assert read_recipes(recipes_file([recipe])) == (recipe,)
    on_node = read_recipe_file(recipe_file(recipe), recipe.name)
    assert (on_node.quality, on_node.smaller_by) == (recipe.quality, 0.1)


def test_other_targets_are_other_recipes_and_without_one_nothing_changes() -> None:
    plain = preset_recipe("h264")
    others = [with_quality(plain, AskedQuality(Metric.VMAF, target)) for target in (90, 93)]
    assert len({recipes_file([recipe]) for recipe in (plain, *others)}) == 3
    assert b"quality" not in recipes_file([plain])
    assert with_quality(plain, AskedQuality()) == plain


def test_a_chunk_has_the_films_quality_and_no_size_of_its_own() -> None:
    line = custom_recipe("-map 0:v:0 -map 0:a -vf hflip -c:v libx264 -crf 20 -c:a aac", ".mp4")
    recipe = with_quality(line, AskedQuality(Metric.VMAF, 93, smaller_by=0))

    made = chunk_recipe(recipe, starts=0, has_end=True)  # type: ignore[arg-type]

    assert made.smaller_by is None
    assert made.quality is not None
    assert made.quality.chain == "hflip,trim=end={until}"
    assert made.quality.before_input == ("-copyts",)
    rest = without_quality(recipe)
    assert (rest.quality, rest.smaller_by) == (None, None)
    assert not any("{measured" in word for word in arguments(rest))


def test_only_one_file_can_be_smaller_than_its_source() -> None:
    with pytest.raises(UsageError, match="--smaller-only compares a file"):
        with_quality(preset_recipe("hls"), AskedQuality(smaller_by=0))
