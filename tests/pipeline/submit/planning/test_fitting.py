"""Each file of a job gets what fits it, and files alike share a recipe."""

from __future__ import annotations

from dataclasses import replace

from batchff.events.jobs import FileFitted, FilesLack
from batchff.ffmpeg.fit import Fitted
from batchff.model.inspection import Inspection, NotMedia, Problem, ProblemKind
from batchff.model.items import Cut
from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.pipeline.plan import InputFile, Piece
from batchff.pipeline.submit.planning.fitting import Fitting, tell_of_fitting
from tests.model.inspections import mono, sound, source, video
from tests.pipeline.recorder import Recorder


class Sounds:
    """Makes the first sound of a source, and says what it leaves out."""

    asked_for = "sounds"
    recipe = Recipe("sounds", (Run(("-i", "{input}")),), (RecipeOutput("a.mp3", ".mp3"),))

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        sounds = [stream for stream in inspection.streams if stream.sound]
        if not sounds:
            return Fitted(refused="no audio in it")
        words = ("-i", "{input}", "-map", f"0:{sounds[0].index}")
        recipe = Recipe("sounds", (Run(words),), self.recipe.outputs)
        lost = ("a sound left out",) if len(sounds) > 1 else ()
        return Fitted(recipe, choices=("stream 0",) * bool(lost), losses=lost)


class Films:
    """Makes something of every source."""

    asked_for = "films"
    recipe = Recipe("films", (Run(("-i", "{input}")),), (RecipeOutput("a.mp4", ".mp4"),))

    def fit(self, inspection: Inspection, language: str = "") -> Fitted:
        return Fitted(self.recipe)


def fitting(*makers: Sounds | Films, salvage: bool = False) -> Fitting:
    return Fitting([maker.recipe for maker in makers], makers, salvage=salvage)


FILES = [InputFile("a.mov", 1), InputFile("b.mov", 1), InputFile("c.mov", 1)]


def test_files_alike_share_a_recipe() -> None:
    fits = fitting(Sounds())
    with_sound, other = source(video(), sound()), source(sound())

    files = fits.files(FILES, [with_sound, other, with_sound])

    assert [file.pieces for file in files] == [(Piece(0),), (Piece(1),), (Piece(0),)]
    assert [recipe.runs[0].arguments[-1] for recipe in fits.recipes[:2]] == ["0:1", "0:0"]
    # For files that are replaced later, what is made of any source follows.
    assert fits.recipes[2:] == (Sounds.recipe,)


def test_where_nothing_is_known_of_a_file_it_gets_what_is_made_of_any() -> None:
    unknown = fitting(Sounds())
    assert [file.pieces for file in unknown.files(FILES)] == [(Piece(0),)] * 3
    assert unknown.recipes == (Sounds.recipe, Sounds.recipe)
    fixed = Fitting([Sounds.recipe])
    assert fixed.files(FILES[:1], [source(video())])[0].pieces == (Piece(0),)


def test_a_file_of_which_nothing_can_be_made_is_bad() -> None:
    silent, text = fitting(Sounds()).files(FILES[:2], [source(video()), NotMedia("it's a text")])

    assert (silent.pieces, silent.bad) == ((), "no audio in it")
    assert (text.pieces, text.bad) == ((), "it's a text")


def test_of_several_presets_the_one_that_fails_is_named() -> None:
    fits = fitting(Sounds(), Films())
    silent, cut = fits.files(
        FILES[:2],
        [
            source(video()),
            source(video(), problems=(Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s"),)),
        ],
    )

    assert (silent.pieces, silent.bad) == ((Piece(0),), "sounds: no audio in it")
    assert fits.recipes == (Films.recipe, Sounds.recipe, Films.recipe)
    assert (cut.pieces, cut.bad) == ((), "1.2 of 4.0 s")
    assert (silent.is_salvageable, cut.is_salvageable) == (False, True)


def test_what_is_left_of_a_file_that_is_cut_off_can_be_salvaged() -> None:
    cut = source(video(), problems=(Problem(ProblemKind.CUT_OFF, "1.2 of 4.0 s"),))

    (file,) = fitting(Films(), salvage=True).files(FILES[:1], [cut])

    assert (file.pieces, file.bad) == ((Piece(0),), "")


def test_parts_of_a_file_are_made_by_what_fits_it() -> None:
    first, second = Cut(), Cut()
    asked = InputFile("a.mov", 1, (Piece(1, first), Piece(1, second)))
    fits = fitting(Films(), Sounds())

    (file,) = fits.files([asked], [source(sound())])

    assert file.pieces == (Piece(0, first), Piece(0, second))
    assert [recipe.name for recipe in fits.recipes] == ["sounds", "films", "sounds"]


def test_losses_are_told_once_for_all_files() -> None:
    recorder = Recorder()
    two = source(sound(), mono())
    files = fitting(Sounds()).files(FILES, [two, source(sound()), two])

    tell_of_fitting(files, recorder)

    assert recorder.of(FileFitted) == [
        FileFitted("a.mov", ("stream 0",), ("a sound left out",)),
        FileFitted("c.mov", ("stream 0",), ("a sound left out",)),
    ]
    assert recorder.of(FilesLack) == [FilesLack("a sound left out", 2, ("a.mov", "c.mov"))]


def test_a_files_duration_is_kept_where_it_is_known() -> None:
    known = replace(source(sound()), duration=4.00004)
    unknown = replace(source(sound()), duration=None)
    files = fitting(Sounds()).files(FILES, [known, unknown, NotMedia("a text")])
    assert [file.seconds for file in files] == [4.0, None, None]
