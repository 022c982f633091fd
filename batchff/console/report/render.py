"""The formats that a report can have, by the suffix of its file."""

from __future__ import annotations

from enum import StrEnum

from batchff.results.report import Report

_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".md": "md",
    ".markdown": "md",
    ".json": "json",
}


class Format(StrEnum):
    """What a report's file is."""

    HTML = "html"
    CSV = "csv"
    MARKDOWN = "md"
    JSON = "json"


def format_of(suffix: str) -> Format | None:
    """Return the format of files with this suffix; None where it's none of a report's."""
    known = _SUFFIXES.get(suffix.lower())
    return Format(known) if known else None


def suffixes() -> str:
    """Return the suffixes that a report's file can have, in words."""
    return ".html, .csv, .md or .json"


def render(report: Report, how: Format) -> bytes:
    """Return the file's content."""
    match how:
        case Format.HTML:
            from batchff.console.report.page import page  # jinja2 is slow to import

            return page(report).encode()
        case Format.CSV:
            from batchff.console.report.sheet import sheet

            # Without the mark, spreadsheets take it for an old encoding.
            return sheet(report).encode("utf-8-sig")
        case Format.MARKDOWN:
            from batchff.console.report.markdown import markdown

            return markdown(report).encode()
        case Format.JSON:
            from batchff.console.json_lines import data_text

            return f"{data_text(report)}\n".encode()
