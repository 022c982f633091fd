"""Conditional requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since."""

from __future__ import annotations

from dataclasses import dataclass

from batchff.emulator.batch.protocol.context import RequestContext
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.state.times import SECOND, etag_of, parse_http_date


@dataclass(frozen=True, slots=True)
class Version:
    """When a resource was last changed, in ticks; its ETag is made from that."""

    modified: int

    @property
    def etag(self) -> str:
        """The ETag, without quotes."""
        return etag_of(self.modified)


def check_conditions(request: RequestContext, version: Version) -> None:
    """Raise ConditionNotMet: 304 for a read of what hasn't changed, 412 otherwise."""
    read = request.method in ("GET", "HEAD")
    match = request.headers.get("if-match")
    if match is not None and not _names(match, version):
        raise BatchError("ConditionNotMet")
    unmodified = _moment(request, "if-unmodified-since")
    if unmodified is not None and version.modified // SECOND > unmodified // SECOND:
        raise BatchError("ConditionNotMet")
    none_match = request.headers.get("if-none-match")
    if none_match is not None and _names(none_match, version):
        raise BatchError("ConditionNotMet", status=304 if read else 412)
    modified = _moment(request, "if-modified-since")
    if modified is not None and version.modified // SECOND <= modified // SECOND:
        raise BatchError("ConditionNotMet", status=304 if read else 412)


def _names(header: str, version: Version) -> bool:
    """Tell whether a list of ETags, quoted or not, holds this version's."""
    names = {name.strip().removeprefix("W/").strip('"') for name in header.split(",")}
    return "*" in names or version.etag in names


def _moment(request: RequestContext, header: str) -> int | None:
    text = request.headers.get(header)
    if text is None:
        return None
    try:
        return parse_http_date(text)
    except ValueError:
        raise BatchError(
            "InvalidHeaderValue", {"HeaderName": header, "HeaderValue": text[:100]}
        ) from None
