"""A report as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from batchff import __version__
from batchff.console.report import words
from batchff.console.report.drawing import Scale, phases, scale_of
from batchff.console.words.text import printable
from batchff.model.report import ReportedNode, ReportedStage
from batchff.results.report import Report
from batchff.wording import counted

MOST_OTHERS = 1000
MOST_FAILED = 500
MOST_NODES = 60
"""A page has no more rows than these: the rest is in the other formats."""

# What a bar is of can be told by its height, too.
_SHAPES = {
    "encode": Markup('y="1" height="18"'),
    "boot": Markup('y="10" height="9"'),
    "idle": Markup('y="16" height="3"'),
    "unknown": Markup('y="8" height="3" opacity=".5"'),
    "preempted": Markup('y="13" height="6" opacity=".5"'),
    "stage": Markup('y="4" height="13"'),
}


def page(report: Report) -> str:
    """Return the page; all that others named or said is escaped in it."""
    history = report.history
    room = files("batchff.console.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, keep_trailing_newline=True
    )
    template = environment.from_string(room.joinpath("page.html").read_text("utf-8"))
    scale = scale_of(history)
    others = words.others(history)
    return template.render(
        history=history,
        words=words,
        heading=words.heading(history),
        state_line=words.state_line(history),
        figures=words.figures(history),
        failed=history.failed_files,
        failed_title=words.failed_title(history.failed_files),
        failed_groups=words.by_advice(history.failed_files[:MOST_FAILED]),
        reasons=words.reasons(history.failed_files),
        others=others,
        others_title=words.others_title(others),
        overlap=words.overlap(history),
        scale=scale,
        phases=phases(history),
        spans=_spans,
        times=_times,
        axis=lambda: _axis(scale),
        shapes=_SHAPES,
        names=words.node_names(history.nodes),
        has_cost=any(node.cost is not None for node in history.nodes),
        how=words.how_rows(history),
        rest=words.rest_command(history),
        rest_of_nodes=words.rest_command(history, ".json"),
        most_failed=MOST_FAILED,
        most_others=MOST_OTHERS,
        most_nodes=MOST_NODES,
        style=Markup(room.joinpath("page.css").read_text("utf-8")),
        counted=counted,
        version=__version__,
    )


def _shown(value: Any) -> Any:
    """Make each text one that can't move anything, without secrets; markup of ours stays."""
    is_plain = isinstance(value, str) and not isinstance(value, Markup)
    return printable(value) if is_plain else value


def _times(stage: ReportedStage) -> Iterator[tuple[datetime, datetime, str]]:
    return ((part.started, part.ended, "stage") for part in stage.times)


def _spans(node: ReportedNode) -> Iterator[tuple[datetime, datetime, str]]:
    return ((span.started, span.ended, span.phase.value) for span in node.spans)


def _axis(scale: Scale) -> Markup:
    if scale.started is None or scale.ended is None:
        return Markup("")
    middle = scale.started + (scale.ended - scale.started) / 2
    times = (scale.started, *(() if scale.is_cut else (middle,)), scale.ended)
    marks = Markup("").join(Markup("<span>{}</span>").format(words.time_of_day(t)) for t in times)
    return Markup('<span class="hours">{}</span>').format(marks)
