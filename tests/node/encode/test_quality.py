"""A quality that is asked for, on short clips, with real ffmpegs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

from batchff.ffmpeg.quality import with_quality
from batchff.model.quality import AskedQuality, Metric
from batchff.model.recipes import Recipe
from batchff.node.files import KEPT_MARK
from batchff.node.proof import kept_source, measured_quality
from batchff.node.recipe_file import recipe_file
from tests.node.chunked import JoinNode, recipe_for, tasks_of
from tests.node.test_encode import CLIP, Node, last_line, make

MOVING = "testsrc2=s=256x144:r=24,noise=alls=12:allf=t:all_seed=1"
BUNDLED = Path(imageio_ffmpeg.get_ffmpeg_exe())
VERYFAST = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -crf 23"


def clip(ffmpeg: Path, name: Path, seconds: float = 2, *words: str, graph: str = MOVING) -> Path:
    kept = words or ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4")
    return make(ffmpeg, name, "-f", "lavfi", "-i", graph, "-t", f"{seconds:g}", *kept)


def encoded(node: Node, recipe: Recipe, source: Path, *before: str) -> tuple[int, str]:
    node.receive(recipe, source)
    return node.encode(*before, f"input{source.suffix}", "-")


def proof_of(node: Node) -> str:
    return (node.work / "proof.txt").read_text()


def test_a_film_has_the_ssim_that_was_asked_for(tmp_path: Path, ffmpeg: Path) -> None:
    source = clip(ffmpeg, tmp_path / "a.mp4")
    recipe = with_quality(recipe_for(source, "h264"), AskedQuality(Metric.SSIM, 0.95))
    node = Node(tmp_path / "node", ffmpeg)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    found = measured_quality(proof_of(node))
    assert found is not None and found.mean is not None
    assert (found.end, found.chunks) == ("reached", 1)
    assert abs(found.mean - 0.95) <= 0.00205
    assert 1 <= found.probes <= 4
    # ffmpeg by itself says the same of the output.
    words = ["-hide_banner", "-i", str(node.made / "film.mp4"), "-i", str(source)]
    graph = "[0:v]settb=1/24,setpts=N[a];[1:v]settb=1/24,setpts=N[b];[a][b]ssim"
    ended = subprocess.run(
        [ffmpeg, *words, "-filter_complex", graph, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    all_ = re.search(r"All:([0-9.]+)", ended.stderr)
    assert all_ is not None
    assert abs(float(all_[1]) - found.mean) < 0.0002
    assert "quality metric=ssim" in (node.work / "done.txt").read_text()


@pytest.mark.parametrize(
    ("name", "words", "graph"),
    [
        ("plain.mp4", (), MOVING),
        ("10bit.mkv", ("-c:v", "libx264", "-crf", "4", "-pix_fmt", "yuv420p10le"), MOVING),
        (
            "interlaced.mkv",
            ("-c:v", "libx264", "-crf", "4", "-flags", "+ilme+ildct"),
            f"{MOVING.replace('r=24', 'r=50')},tinterlace=interleave_top,setfield=tff",
        ),
        (
            "vfr.mkv",
            ("-c:v", "libx264", "-crf", "4", "-fps_mode", "vfr", "-enc_time_base", "1:90000"),
            f"{MOVING},select='mod(n,5)*mod(n,3)'",
        ),
        ("full-range.mp4", ("-c:v", "libx264", "-crf", "4", "-pix_fmt", "yuvj420p"), MOVING),
    ],
)
def test_vmaf_is_right_for_sources_of_all_kinds(
    tmp_path: Path, name: str, words: tuple[str, ...], graph: str
) -> None:
    source = clip(BUNDLED, tmp_path / name, 2, *words, graph=graph)
    asked = AskedQuality(Metric.VMAF, 90, tolerance=1.5)
    recipe = with_quality(recipe_for(source, "h264"), asked)
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    found = measured_quality(proof_of(node))
    assert found is not None and found.mean is not None
    assert found.end == "reached"
    assert found.model == "vmaf_v1.0.16_3d0h"
    assert abs(found.mean - 90) <= 1.55


def test_what_is_scaled_is_measured_in_its_own_size(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    line = f"-vf scale=128:-2,transpose {VERYFAST}"
    recipe = with_quality(recipe_for(source, line, ".mkv"), AskedQuality(Metric.VMAF, 88, 2))
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    found = measured_quality(proof_of(node))
    assert found is not None and found.mean is not None
    assert abs(found.mean - 88) <= 2.05


def test_a_node_that_cant_measure_vmaf_says_so_at_once(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    recipe = with_quality(recipe_for(source, "h264"), AskedQuality(Metric.VMAF, 90))
    node = Node(tmp_path / "node")
    # As Debian's: no filter of this name.
    node.install(f'case "$*" in *libvmaf*) exit 1 ;; esac\nexec {BUNDLED} "$@"')

    code, said = encoded(node, recipe, source)

    assert (code, last_line(said)) == (
        19,
        "encode.sh: this node's ffmpeg can't measure VMAF v1: use --ssim, or nodes with the "
        "bundled ffmpeg",
    )
    assert (node.work / "verdict.txt").exists()


def test_a_target_that_cant_be_reached_is_told_and_the_film_is_kept(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    asked = AskedQuality(Metric.SSIM, 0.99, best=40, worst=45)
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, with_quality(recipe_for(source, VERYFAST, ".mp4"), asked), source)

    assert code == 0, said
    assert re.fullmatch(
        r"ssim 0.99 can't be reached: it reaches 0\.\d{4} at most\n",
        (node.work / "told.txt").read_text(),
    )
    found = measured_quality(proof_of(node))
    assert found is not None
    assert (found.end, found.most_crf) == ("most", 40)


def test_a_long_film_is_sampled_in_pieces(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4", 24)
    recipe = with_quality(
        recipe_for(source, VERYFAST, ".mp4"), AskedQuality(Metric.SSIM, 0.95, 0.01)
    )
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    found = measured_quality(proof_of(node))
    assert found is not None and found.mean is not None
    assert abs(found.mean - 0.95) <= 0.0105
    assert "every=1 " in proof_of(node)


def test_samples_that_cant_be_made_leave_a_guess_that_is_measured(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    asked = AskedQuality(Metric.SSIM, 0.95)
    node = Node(tmp_path / "node")
    node.install(f'case "$*" in *samples.nut) exit 1 ;; esac\nexec {BUNDLED} "$@"')

    code, said = encoded(node, with_quality(recipe_for(source, VERYFAST, ".mp4"), asked), source)

    assert code == 0, said
    assert "no samples can be made" in (node.work / "told.txt").read_text()
    found = measured_quality(proof_of(node))
    assert found is not None
    assert found.encodes >= 1


def test_what_isnt_smaller_is_dropped_for_its_source(tmp_path: Path, ffmpeg: Path) -> None:
    recipe = with_quality(recipe_for(CLIP, "h264"), AskedQuality(smaller_by=0.9))
    node = Node(tmp_path / "node", ffmpeg)

    code, said = encoded(node, recipe, CLIP)

    assert code == 0, said
    assert (node.made / "film.mp4").read_bytes() == KEPT_MARK
    kept = kept_source(proof_of(node))
    assert kept is not None
    assert kept.source_bytes == CLIP.stat().st_size
    assert kept.output_bytes > 0.1 * kept.source_bytes
    assert (node.work / "told.txt").read_text().startswith("kept the source: ")


def test_what_is_smaller_is_an_output(tmp_path: Path) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    recipe = with_quality(recipe_for(source, VERYFAST, ".mp4"), AskedQuality(smaller_by=0.1))
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    assert (node.made / "output.mp4").stat().st_size > len(KEPT_MARK)
    assert kept_source(proof_of(node)) is None


def test_of_a_part_of_a_source_nothing_is_dropped(tmp_path: Path) -> None:
    recipe = with_quality(recipe_for(CLIP, "h264"), AskedQuality(smaller_by=0.99))
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, CLIP, "-ss", "1", "-to", "2")

    assert code == 0, said
    assert kept_source(proof_of(node)) is None


def test_chunks_have_their_own_crf_and_one_report(tmp_path: Path) -> None:
    keys = ("-c:v", "libx264", "-crf", "8", "-preset", "veryfast", "-g", "24")
    graph = f"{MOVING},fade=out:0:60"  # the last chunk is easy
    source = clip(BUNDLED, tmp_path / "a.mp4", 3, *keys, graph=graph)
    recipe = with_quality(
        recipe_for(source, VERYFAST, ".mp4"), AskedQuality(Metric.SSIM, 0.95, smaller_by=0)
    )
    chunks, rest = tasks_of(source, recipe, 1)
    assert len(chunks) == 3
    join = JoinNode(tmp_path / "join", BUNDLED)
    made = []
    for number, task in enumerate(chunks):
        node = Node(tmp_path / f"chunk{number}", BUNDLED)
        (node.work / "input.mp4").write_bytes(task.source)
        (node.work / "recipe.txt").write_bytes(recipe_file(task.recipe))
        until = ["-until", task.until] if task.until else []
        code, said = node.encode(*until, "input.mp4", str(len(task.source)))
        assert code == 0, said
        made.append(node.made / task.recipe.outputs[0].node_name)
        scores = join.work / "chunks" / f"{number:04d}.scores" / "quality.txt"
        scores.parent.mkdir(parents=True)
        scores.write_bytes((node.work / "quality.txt").read_bytes())
    others = Node(tmp_path / "rest", BUNDLED)
    (others.work / "input.mp4").write_bytes(rest.source)
    (others.work / "recipe.txt").write_bytes(recipe_file(rest.recipe))
    code, said = others.encode("input.mp4", "-")
    assert code == 0, said
    join.receive_parts(recipe, made, others.made / "output.mp4")

    size = str(source.stat().st_size)
    code, said = join.join("3", "rest.mp4", made[0].suffix, "chunks", "72", size)

    assert code == 0, said
    found = measured_quality((join.work / "proof.txt").read_text())
    assert found is not None and found.mean is not None and found.worst_second is not None
    assert found.chunks == 3
    assert found.least_crf < found.most_crf
    assert found.probes >= 3
    assert abs(found.mean - 0.95) < 0.01
    assert found.worst_second <= found.mean


@pytest.mark.parametrize(
    ("smaller_by", "words"),
    [
        (0.999, r"the output would be smaller by [\d.]+ %, not by 99\.9 %"),
        (0.0, "the output would not be smaller"),
    ],
)
def test_how_much_smaller_an_output_would_be_is_said(
    tmp_path: Path, smaller_by: float, words: str
) -> None:
    source = clip(BUNDLED, tmp_path / "a.mp4")
    # All but lossless, of a source that isn't.
    line = VERYFAST if smaller_by else "-c:v libx264 -qp 1"
    recipe = with_quality(recipe_for(source, line, ".mp4"), AskedQuality(smaller_by=smaller_by))
    node = Node(tmp_path / "node", BUNDLED)

    code, said = encoded(node, recipe, source)

    assert code == 0, said
    told = (node.work / "told.txt").read_text()
    assert re.fullmatch(f"kept the source: {words}", told.strip())
