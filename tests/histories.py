"""A job as a report has it: with failures, names that are traps, and nodes of both kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchff.model.report import (
    Commands,
    Figures,
    FileState,
    HowMade,
    JobHistory,
    Phase,
    ReportedFile,
    ReportedNode,
    ReportedOutput,
    ReportedStage,
    ReportedTask,
    Span,
    Stage,
)
from batchff.results.report import Report

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TRAP = '<script>alert("1")</script> & `|*_[x](y)\'.mp4'
FORMULA = '=HYPERLINK("http://x","y").mp4'


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def task(name: str, state: str, node: str, start: float, end: float) -> ReportedTask:
    made = 500 if state == "encoded" else None
    output = ReportedOutput(f"{name}.mp3", made, f"az://out/job/media/{name}.mp3")
    speed = 40 / (end - start) if made else None
    return ReportedTask(
        *(name, "job", "", state, node, at(start), at(end), end - start, speed, 1, 0, (output,))
    )


def encoded(name: str, node: str = "n_d", start: float = 60, end: float = 70) -> ReportedFile:
    return ReportedFile(
        name, FileState.ENCODED, 1000, 40.0, (task(name, "encoded", node, start, end),)
    )


def failed(name: str, reason: str = "ffmpeg failed on this input") -> ReportedFile:
    return ReportedFile(
        *(name, FileState.FAILED, 100, None, (task(name, "failed", "n_p", 65, 66),)),
        reason=reason,
        advice="repair the file",
        log=("<b>moov</b> atom not found ```", "sig=c2VjcmV0"),
    )


FILES = (
    encoded("a.mov"),
    encoded(TRAP, end=90),
    encoded(FORMULA, "n_p", 65, 85),
    failed("b <i>.mp4"),
    failed("c.mp4", "1.2 of 4.0 s: the file is cut off"),
    failed("d.mp4", "2.0 of 4.0 s: the file is cut off"),
    ReportedFile("e.txt", FileState.NOT_ENCODED, 3, None, (), "it's a text", "replace it"),
)

NODES = (
    ReportedNode(
        *("n_d", False, at(0), at(50), at(120), 2, 0, 50.0, 30.0, 40.0, 0.02),
        spans=(
            Span(Phase.BOOT, at(0), at(50)),
            Span(Phase.IDLE, at(50), at(60)),
            Span(Phase.ENCODE, at(60), at(90), 2),
            Span(Phase.IDLE, at(90), at(120)),
        ),
    ),
    ReportedNode(
        *("n_p", True, None, None, at(85), 3, 2, None, 20.0, 0.0, 0.01),
        spans=(Span(Phase.ENCODE, at(65), at(85), 3, 2),),
    ),
)

STAGES = (
    ReportedStage(Stage.BOOT, at(0), at(50), 1, None, "job"),
    ReportedStage(Stage.ENCODE, at(60), at(90), 5, 1500, "job"),
    ReportedStage(Stage.DOWNLOAD, at(70), at(100), 3, 1500, "job"),
)

HOW = HowMade(
    "batchff submit 'az://x?sig=c2VjcmV0' --preset mp3",
    (Commands("mp3", ("ffmpeg -i INPUT a.mp3",), 2),),
    *("0.1.0", "7.1", "bundled", "standard_d4s_v5", 2, "pool", False, 2, 86400.0),
    *("", "az://out/job/media", "az://out/job/logs"),
)


def history(files: tuple[ReportedFile, ...] = FILES) -> JobHistory:
    done = sum(each.state is FileState.ENCODED for each in files)
    bad = sum(each.has_failed for each in files)
    partly = sum(each.state is FileState.PARTLY for each in files)
    made = done + partly
    left = len(files) - done - bad
    figures = Figures(
        *(len(files), done, 0, bad, partly, 0, left, made, 6, 3725.0, 120.0, 4.0, made * 1000),
        *(made * 500, 140.0, 1, 0.03, "EUR"),
    )
    return JobHistory(
        job="job",
        name="footage",
        state="completed",
        is_over=True,
        why_ended="all its tasks have ended",
        preset="mp3",
        made=NOON,
        ended=at(120),
        as_of=at(500),
        retries=("job-retry",),
        figures=figures,
        files=files,
        nodes=NODES,
        stages=STAGES,
        saved_seconds=20.0,
        how=HOW,
        notes=("one thing isn't <known>",),
    )


def report(files: tuple[ReportedFile, ...] = FILES) -> Report:
    return Report("", history(files))


def running() -> Report:
    """The same job before its end."""
    waiting = ReportedFile("z.mov", FileState.WAITING, 10, None, ())
    known = history((*FILES, waiting))
    return Report("", replace(known, is_over=False, ended=None, why_ended="", state="active"))


def nothing() -> Report:
    """A submit of which earlier jobs had made all."""
    before = ReportedFile("a.mov", FileState.DONE_BEFORE, 1000, None, ())
    figures = Figures(*(1, 0, 0, 0, 0, 1, 0, 1, 0, 0.0, None, None, 0, 0, 0.0, 0, None, ""))
    how = HowMade(*("", (), "", "", "", "", 0, "", False, 2, 1.0, "", "", ""))
    known = replace(history((before,)), job="", name="", preset="", made=None, ended=None)
    known = replace(known, figures=figures, nodes=(), stages=(), retries=(), notes=())
    return Report("", replace(known, why_ended="", saved_seconds=0.0, how=how))
