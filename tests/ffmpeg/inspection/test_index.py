from __future__ import annotations

import av
import pytest

from batchff.ffmpeg.inspection.blocks import BlockFile
from batchff.ffmpeg.inspection.index import is_damaged, read_index
from tests.media_sources import MediaSource

# One worker makes the sources for them all.
pytestmark = pytest.mark.xdist_group("inspection")


def file_of(data: bytes) -> BlockFile:
    return BlockFile(len(data), lambda start, length: data[start : start + length])


@pytest.mark.parametrize(
    "name", ["base.mp4", "vfr.mp4", "edit-list.mp4", "late-audio.mp4", "hlg.mov", "12channels.mov"]
)
def test_the_index_says_what_the_packets_do(name: str, media_source: MediaSource) -> None:
    data = media_source(name).read_bytes()
    with av.open(file_of(data), "r") as container:
        seen = read_index(container, file_of(data))
        assert seen and seen.is_whole
        counts = [0] * len(container.streams)
        last = [0.0] * len(container.streams)
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                counts[packet.stream_index] += 1
                if not packet.is_discard:
                    end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    last[packet.stream_index] = max(last[packet.stream_index], end)
        ticks = [stream.time_base for stream in container.streams]
    assert [tally.packets for tally in seen.tallies] == counts
    for tally, tick, ended in zip(seen.tallies, ticks, last, strict=True):
        assert tick and tally.end is not None
        assert float(tally.end * tick) == pytest.approx(ended, abs=0.025)


def test_an_index_of_more_than_there_is_says_nothing(media_source: MediaSource) -> None:
    data = media_source("cut.mp4").read_bytes()
    with av.open(file_of(data), "r") as container:
        assert read_index(container, file_of(data)) is None


def test_parts_of_pictures_fill_them(media_source: MediaSource) -> None:
    data = bytearray(media_source("base.mp4").read_bytes())
    with av.open(file_of(bytes(data)), "r") as container:
        places = [(entry.pos, entry.size) for entry in container.streams.video[0].index_entries]
        place, size = places[50]

        assert not is_damaged(container, file_of(bytes(data)))
        too_long = data[:place] + b"\0\0\xff\xff" + data[place + 4 :]
        assert is_damaged(container, file_of(bytes(too_long)))
        empty = data[:place] + bytes(size) + data[place + size :]
        assert is_damaged(container, file_of(bytes(empty)))
        # Zeros behind the last part are what some cameras fill a picture up with.
        filled = data[:place] + (size - 12).to_bytes(4, "big") + data[place + 4 : place + size - 8]
        filled += bytes(8) + data[place + size :]
        assert not is_damaged(container, file_of(bytes(filled)))
