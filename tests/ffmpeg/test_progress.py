from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.progress import Progress, parse_input_duration, parse_progress

FIRST = """\
frame=120
fps=59.94
stream_0_0_q=28.0
bitrate= 191.4kbits/s
total_size=52400
out_time_us=2000000
out_time_ms=2000000
out_time=00:00:02.000000
dup_frames=3
drop_frames=5
speed=1.99x
progress=continue
"""
LAST = """\
frame=300
fps=61.50
stream_0_0_q=-1.0
bitrate= 171.0kbits/s
total_size=104800
out_time_us=5005000
out_time_ms=5005000
out_time=00:00:05.005000
dup_frames=3
drop_frames=5
speed=1.2e+02x
progress=end
"""
CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"


def test_the_last_report_counts() -> None:
    assert parse_progress(FIRST + LAST) == Progress(
        frame=300, fps=61.5, out_seconds=5.005, speed=120.0, total_size=104800, ended=True
    )


def test_a_report_that_is_being_written_does_not_count_yet() -> None:
    report = parse_progress(FIRST + LAST.removesuffix("progress=end\n"))

    assert report == parse_progress(FIRST)
    assert report is not None
    assert not report.ended


def test_what_ffmpeg_does_not_know_yet_is_none() -> None:
    text = "frame=0\nfps=0.00\ntotal_size=N/A\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n"

    assert parse_progress(text) == Progress(
        frame=0, fps=0.0, out_seconds=None, speed=None, total_size=None, ended=False
    )


def test_a_time_before_the_first_frame_is_none() -> None:
    report = parse_progress("out_time_us=-577014349672227\nprogress=continue\n")

    assert report is not None
    assert report.out_seconds is None


def test_sound_alone_has_no_frames() -> None:
    report = parse_progress("total_size=4096\nout_time_us=1500000\nspeed=  30x\nprogress=end\n")

    assert report == Progress(
        frame=None, fps=None, out_seconds=1.5, speed=30.0, total_size=4096, ended=True
    )


@given(st.integers(0, len(FIRST + LAST)), st.integers(0, len(FIRST + LAST)))
def test_a_text_cut_anywhere_tells_no_number_that_did_not_stand_in_it(start: int, end: int) -> None:
    report = parse_progress((FIRST + LAST)[start:end])

    if report is not None:
        assert report.frame in (None, 120, 300)
        assert report.fps in (None, 59.94, 61.5)
        assert report.out_seconds in (None, 2.0, 5.005)
        assert report.speed in (None, 1.99, 120.0)
        assert report.total_size in (None, 52400, 104800)
        assert report.ended is (LAST in (FIRST + LAST)[:end] or end == len(FIRST + LAST) - 1)


def in_run(text: str, run: str) -> str:
    """Return reports as `encode.sh` has them where a recipe has several runs."""
    return text.replace("progress=", f"run={run}\nprogress=")


def test_a_report_tells_which_run_it_is_of() -> None:
    first = parse_progress(in_run(FIRST + LAST, "1/2"))
    second = parse_progress(in_run(FIRST, "2/2"))
    last = parse_progress(in_run(FIRST + LAST, "2/2"))

    assert first is not None and second is not None and last is not None
    assert [(each.run, each.runs, each.ended) for each in (first, second, last)] == [
        (1, 2, False),
        (2, 2, False),
        (2, 2, True),
    ]


@pytest.mark.parametrize("run", ["", "0/2", "3/2", "2", "a/b", "-1/2", "1/99999"])
def test_a_run_that_is_none_counts_as_the_only_one(run: str) -> None:
    report = parse_progress(in_run(FIRST, run))

    assert report is not None
    assert (report.run, report.runs) == (1, 1)


@pytest.mark.parametrize(
    ("run", "out_seconds", "duration", "fraction"),
    [
        ("1/1", 2.0, 8.0, 0.25),
        ("1/1", 9.0, 8.0, 1.0),
        ("1/2", 2.0, 8.0, 0.125),
        ("2/2", 0.0, 8.0, 0.5),
        ("2/2", 4.0, 8.0, 0.75),
        ("3/4", 8.0, 8.0, 0.75),
        ("3/4", None, 8.0, 0.5),
        ("3/4", 2.0, None, 0.5),
        ("1/4", 2.0, None, None),
        ("1/1", None, 8.0, None),
        ("1/1", 2.0, 0.0, None),
    ],
)
def test_the_fraction_is_of_all_runs(
    run: str, out_seconds: float | None, duration: float | None, fraction: float | None
) -> None:
    number, runs = map(int, run.split("/"))
    report = Progress(None, None, out_seconds, None, None, False, number, runs)

    assert report.fraction(duration) == fraction


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_progress(text + "\nframe=" + text + "\nprogress=continue\n")
    parse_input_duration(text)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("  Duration: 00:00:10.00, start: 0.000000, bitrate: 194 kb/s", 10.0),
        ("  Duration: 101:01:01.50, bitrate: 1 kb/s", 363661.5),
        ("  Duration: N/A, start: 0.000000, bitrate: N/A", None),
        ("    title           : Duration: 00:00:10.00, start", None),
        ("", None),
    ],
)
def test_the_duration_is_read_from_ffmpegs_own_line(line: str, seconds: float | None) -> None:
    head = f"Input #0, mov, from 'input.mov':\n  Metadata:\n    encoder : Lavf\n{line}\n"

    assert parse_input_duration(head) == seconds


def test_a_real_ffmpegs_reports_are_read(ffmpeg: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [ffmpeg, "-nostdin", "-progress", "progress.txt", "-i", CLIP, "-vn", "out.mp3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    report = parse_progress((tmp_path / "progress.txt").read_text())
    assert report is not None
    assert report.ended
    assert report.out_seconds == pytest.approx(3.0, abs=0.1)
    assert report.total_size == (tmp_path / "out.mp3").stat().st_size
    assert parse_input_duration(done.stderr) == pytest.approx(3.0)


def test_once_the_outputs_are_made_they_are_checked() -> None:
    report = parse_progress(f"{LAST}run=2/2\nstage=checking\nprogress=end\n")
    assert report is not None
    assert report.is_checking
    assert report.fraction(None) == 1.0
