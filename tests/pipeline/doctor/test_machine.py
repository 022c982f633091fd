from __future__ import annotations

from pathlib import Path

from batchff.model.recipes import Recipe, RecipeOutput, Run
from batchff.pipeline.doctor.check import Status
from batchff.pipeline.doctor.machine import check_disk, check_encoders
from tests.recipes import custom_recipe


def test_an_encoder_that_the_ffmpeg_here_has_is_fine() -> None:
    check = check_encoders([custom_recipe("-c:a pcm_s16le", ".wav")], emulated=True)
    assert check.status is Status.OK
    assert check.message.startswith("pcm_s16le for preset custom (")


def test_a_missing_encoder_fails_here_and_may_be_on_the_nodes_elsewhere() -> None:
    run = Run(("-i", "{input}", "-c:v", "nosuchcodec", "output.mp4"))
    recipes = [Recipe("custom", (run,), (RecipeOutput("output.mp4", ".mp4"),))]
    here = check_encoders(recipes, emulated=True)
    assert here.status is Status.FAILURE
    assert here.message.startswith("no nosuchcodec, which preset custom asks for")
    elsewhere = check_encoders(recipes, emulated=False)
    assert elsewhere.status is Status.WARNING
    assert "the nodes have another" in elsewhere.message


def test_a_preset_without_an_encoder_needs_none() -> None:
    assert check_encoders([custom_recipe("-vn", ".mp3")], emulated=True).status is Status.OK


def test_a_disk_has_the_room_that_its_folder_would_have(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "below"
    check = check_disk("downloads", folder)
    assert check.name == "disk: downloads"
    assert check.message.endswith(f"GiB free for {folder}")
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


def test_what_is_no_folder_takes_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    check = check_disk("downloads", tmp_path / "file")
    assert check.status is Status.FAILURE
    assert check.message == f"nothing can be written to {tmp_path / 'file'}"
