from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.pictures import Codec, begins_anew, pictures_in, recovers_later

_START = b"\x00\x00\x01"
_SETS = _START + b"\x67\x64\x00" + _START + b"\x68\xee"
_AT_ONCE = _START + b"\x06\x06\x01\xc4\x80"  # a recovery point of 0 pictures, exact
_LATER = _START + b"\x06\x06\x01\x24\x80"
_INTRA, _OTHER = _START + b"\x41\x88\x80\x00", _START + b"\x41\x9a\x80\x00"
_IDR = _START + b"\x65\x88\x80\x00"


@pytest.mark.parametrize(
    ("content", "is_anew"),
    [
        (_SETS + _IDR, True),
        (b"\x00" + _START + b"\x09\x10" + _SETS + _IDR, True),
        (_IDR, False),
        (_SETS + _AT_ONCE + _INTRA, True),
        (_SETS + _AT_ONCE + _OTHER, False),
        (_SETS + _LATER + _INTRA, False),
        (_SETS + _INTRA, False),
        (b"tail of a picture" + _SETS + _IDR, False),
        (_SETS, False),
    ],
)
def test_h264_begins_anew_with_an_idr_or_an_exact_recovery_point(
    content: bytes, is_anew: bool
) -> None:
    assert begins_anew(Codec.H264, content) is is_anew


@pytest.mark.parametrize(
    ("kind", "is_anew"), [(1, False), (8, False), (16, True), (19, True), (21, True), (22, False)]
)
def test_hevc_begins_anew_by_its_kind(kind: int, is_anew: bool) -> None:
    sets = b"".join(_START + bytes((each << 1, 1, 0)) for each in (32, 33, 34))
    slice_ = _START + bytes((kind << 1, 1, 0x80, 0))
    assert begins_anew(Codec.HEVC, sets + slice_) is is_anew
    assert not begins_anew(Codec.HEVC, slice_)


@pytest.mark.parametrize(("coding", "is_anew"), [(1, True), (2, False), (3, False)])
def test_mpeg_begins_anew_with_a_sequence_and_an_intra_picture(coding: int, is_anew: bool) -> None:
    picture = _START + bytes((0, 0, coding << 3, 0))
    assert begins_anew(Codec.MPEG, _START + b"\xb3\x12\x34" + picture) is is_anew
    assert not begins_anew(Codec.MPEG, picture)


def test_pictures_are_counted() -> None:
    assert pictures_in(Codec.H264, _SETS + _IDR + _OTHER) == 2
    assert pictures_in(Codec.H264, _SETS + _IDR + _START + b"\x65\x40") == 1
    field = _START + bytes((0, 0, 1 << 3))
    assert pictures_in(Codec.MPEG, field + field) == 1
    assert pictures_in(Codec.MPEG, field + _START + bytes((0, 0x40, 2 << 3))) == 2


def test_a_recovery_point_says_when_all_is_right() -> None:
    def with_lengths(*units: bytes) -> bytes:
        return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)

    assert recovers_later(with_lengths(_LATER[3:], _OTHER[3:]), 4)
    assert not recovers_later(with_lengths(_AT_ONCE[3:], _INTRA[3:]), 4)
    assert not recovers_later(with_lengths(_IDR[3:]), 4)
    assert not recovers_later(with_lengths(_INTRA[3:], _LATER[3:]), 4)


@given(st.binary(max_size=200), st.sampled_from(Codec), st.integers(1, 4))
def test_any_bytes_are_looked_at(content: bytes, codec: Codec, width: int) -> None:
    assert begins_anew(codec, _SETS + content) in (True, False)
    assert pictures_in(codec, content) >= 0
    assert recovers_later(content, width) in (True, False)
