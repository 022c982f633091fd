from __future__ import annotations

from binascii import unhexlify

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.pictures import Codec
from batchff.ffmpeg.chunks.psi import packets_of, program_of, programs_in, section_size

# As ffmpeg writes them: one program, whose table is in packets 0x1000, with H.264 and AAC.
_PAT = unhexlify("00b00d0001c100000001f0002ab104b2")
_PMT = unhexlify("02b0170001c10000e100f0001be100f0000fe101f0002f44b99b")


def test_tables_of_a_file_are_read() -> None:
    assert programs_in(_PAT) == [(1, 0x1000)]
    program = program_of(1, 0x1000, _PMT, _PAT)
    assert [(each.pid, each.codec) for each in program.streams] == [
        (0x100, Codec.H264),
        (0x101, None),
    ]
    assert [each.is_sound for each in program.streams] == [False, True]


def test_the_film_comes_first_in_tables_for_it() -> None:
    program = program_of(1, 0x1000, _PMT, _PAT)
    written = program.tables_for(program.streams[1])
    assert len(written) == 2 * 188
    table = written[188 + 5 :]
    again = program_of(1, 0x1000, table[: section_size(table)], _PAT)
    assert [each.pid for each in again.streams] == [0x101, 0x100]
    assert written[:188] == packets_of(0, _PAT)


@given(st.integers(0, len(_PMT) - 1), st.integers(1, 255))
def test_a_damaged_table_is_refused(place: int, change: int) -> None:
    damaged = bytearray(_PMT)
    damaged[place] ^= change
    with pytest.raises(CannotCut):
        program_of(1, 0x1000, bytes(damaged), _PAT)


def test_a_long_table_goes_on_in_the_next_packet() -> None:
    written = packets_of(0x1000, bytes(300))
    assert [written[at + 3] & 0xF for at in (0, 188)] == [0, 1]
    assert [written[at + 1] & 0x40 for at in (0, 188)] == [0x40, 0]
    assert len(written) == 376
