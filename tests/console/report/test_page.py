from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from batchff.console.report import page as module
from batchff.console.report.page import page
from batchff.model.report import Phase, Span
from batchff.results.report import Report
from tests.histories import FORMULA, NODES, TRAP, at, encoded, failed, nothing, report, running

VOID = {"meta", "line", "rect"}


class Reader(HTMLParser):
    """Reads a page strictly: each element is closed, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data.strip())


def read(made: Report) -> Reader:
    reader = Reader()
    reader.feed(page(made))
    reader.close()
    assert not reader.open
    return reader


def test_the_page_says_all_that_the_report_does() -> None:
    reader = read(report())
    text = " ".join(" ".join(reader.text).split())
    assert reader.headings == [
        *("footage → mp3", "Failed", "Encoded", "Time line", "How it was made", "What isn't known")
    ]
    for said in (
        "It ended at 2026-11-22 12:02:00Z, after 1:02:05 in all, without the time between it and "
        "its retries: all its tasks have ended.",
        "Files encoded 3 of 7 4 failed",
        "2.9 → 1.5 KiB 50 % of the size",
        "4.0× of real time; 2:00 of media",
        "0.0300 EUR by the profile's prices",
        "2 the file is cut off",
        "1.2 of 4.0 s: the file is cut off",
        "What to do with 3: repair the file",
        "what ffmpeg said <b>moov</b> atom not found ```",
        "together they took 1:30",
        "3, 2 failed",
        "ffmpeg -i INPUT a.mp3",
        "batchff submit",
        "one thing isn't <known>",
        "standard_d4s_v5, 2 tasks at a time on each",
        "pool (removed)",
        "job-retry",
    ):
        assert said in text, said


def test_names_and_words_of_others_are_text_and_nothing_else() -> None:
    reader = read(report())
    assert TRAP in "".join(reader.text) and FORMULA in "".join(reader.text)
    kinds = {tag for tag, _ in reader.elements}
    assert "script" not in kinds and "i" not in kinds
    assert not any(name.startswith("on") for _, attrs in reader.elements for name in attrs)


def test_the_page_needs_nothing_else() -> None:
    made = page(report())
    reader = read(report())
    assert not {tag for tag, _ in reader.elements} & {"link", "script", "img", "iframe", "object"}
    assert not any({"src", "href"} & attrs.keys() for _, attrs in reader.elements)
    assert "url(" not in made and "@import" not in made
    assert "default-src 'none'" in made


def test_secrets_are_redacted() -> None:
    made = page(report())
    assert "c2VjcmV0" not in made
    assert "sig=REDACTED" in made


def test_each_drawing_has_a_title_and_words() -> None:
    made = page(report())
    bars = re.findall(r'<svg class="bar".*?</svg>', made, re.DOTALL)
    assert len(bars) == 5
    assert all("<title>" in bar and "<desc>" in bar for bar in bars)
    assert "boot 0:50, encode 0:30, idle 0:40" in bars[3]


def test_what_a_bar_is_of_can_be_seen_without_its_colour() -> None:
    made = page(report())
    shapes = dict(re.findall(r'<rect class="(\w+)"[^>]* (y="\d+" height="\d+")/>', made))
    assert shapes.keys() == {"boot", "encode", "idle", "stage"}
    assert len(set(shapes.values())) == 4


def test_each_table_has_headers_that_say_what_they_are_of() -> None:
    reader = read(report())
    headers = [attrs for tag, attrs in reader.elements if tag == "th"]
    assert headers and all(attrs.get("scope") in ("row", "col") for attrs in headers)


def test_a_job_that_goes_on_is_told_as_such() -> None:
    text = " ".join(" ".join(read(running()).text).split())
    assert "It hasn't ended" in text
    assert "1 not ended" in text
    assert "z.mov waiting" in text


def test_where_earlier_jobs_made_all_there_is_a_page_too() -> None:
    text = " ".join(" ".join(read(nothing()).text).split())
    assert "Earlier jobs had made all of it" in text
    assert "1 of 1" in text and "done before" in text


def test_of_very_many_files_a_page_has_the_first_and_says_where_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_OTHERS", 3)
    monkeypatch.setattr(module, "MOST_FAILED", 2)
    files = tuple(encoded(f"good-{n}.mov") for n in range(5))
    bad = tuple(failed(f"bad-{n}.mov") for n in range(4))
    text = " ".join(" ".join(read(report((*files, *bad))).text).split())
    assert "good-2.mov" in text and "good-3.mov" not in text
    assert "bad-1.mov" in text and "bad-2.mov" not in text
    assert text.count("… and 2 more. All of them: batchff report job --out job.csv") == 2


def test_a_page_on_ten_thousand_files_stays_small() -> None:
    files = tuple(encoded(f"day-{n:05}/clip-{n}.mov") for n in range(10_000))
    assert len(page(report(files))) < 1_000_000


def test_on_a_phone_captions_are_as_wide_as_their_tables() -> None:
    style = page(report()).partition("@media (max-width: 44rem)")[2]
    (selectors,) = re.findall(r"([^{}]+)\{ display: block; width: auto !important; \}", style)
    assert {".cards", ".cards caption", ".lines caption"} <= {
        s.strip() for s in selectors.split(",")
    }


def test_a_preempted_node_is_shown_so() -> None:
    known = report()
    spans = (
        Span(Phase.ENCODE, at(65), at(85), 3, 2),
        Span(Phase.UNKNOWN, at(85), at(95)),
        Span(Phase.PREEMPTED, at(95), at(120)),
    )
    away = replace(NODES[1], spans=spans, unknown_seconds=10.0, preempted=at(95))
    history = replace(known.history, nodes=(NODES[0], away))
    reader = read(replace(known, history=history))
    text = " ".join(" ".join(reader.text).split())
    assert "n2 Spot preempted at 12:01:35" in text
    assert "idle 0.0 s, unknown 0:10" in text and "0:10 unknown" in text
    kinds = [attrs["class"] for tag, attrs in reader.elements if tag == "rect"]
    assert {"unknown", "preempted"} <= set(kinds)
