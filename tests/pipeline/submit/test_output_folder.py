from __future__ import annotations

from pathlib import Path

import pytest

from batchff.errors import InputError
from batchff.pipeline.submit.output_folder import refuse_unwritable


@pytest.mark.parametrize("place", ["", "new", "new/below", "there/../new"])
def test_where_outputs_can_be_written_is_left_as_it_was(place: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    before = list(tmp_path.iterdir())
    refuse_unwritable(tmp_path / place)
    assert list(tmp_path.iterdir()) == before


@pytest.mark.parametrize("place", ["file", "file/below", "gone", "gone/below", "round"])
def test_what_is_no_folder_is_refused_with_the_reason(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(InputError, match="can't be written to '.*': [A-Z]") as refused:
        refuse_unwritable(tmp_path / place)
    assert refused.value.hint == "choose another folder with --out"
