from __future__ import annotations

from pathlib import Path

from tests.commands import Batchff
from tests.ffmpeg.test_sampling import film


def test_a_part_of_a_file_is_estimated_as_that_part(batchff: Batchff, tmp_path: Path) -> None:
    film(Path("film.mp4"), keys=50)
    Path("clips.csv").write_text("file,start,end\nfilm.mp4,2,4\nfilm.mp4,10,12\n")

    whole = batchff("--json", "inspect", "film.mp4", "--preset", "h264", "--estimate").result
    parts = batchff(
        "--json", "submit", "--list", "clips.csv", "--preset", "h264", "--estimate"
    ).result

    found = parts["estimate"]
    assert (found["files"], found["tried"], found["pieces"]) == (1, 1, 2)
    share = found["bytes"]["likely"] / whole["estimate"]["bytes"]["likely"]
    assert 0.1 < share < 0.4  # 4 s of 20
