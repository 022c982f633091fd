"""Filters that bring a source's colours to what an encoder and its players expect."""

from __future__ import annotations

from batchff.model.inspection import Picture

_BT709 = "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"

# hable keeps the bright parts apart; desat=0 keeps their colours. 100 cd/m² is SDR's white.
_TONE_MAP = (
    "sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA,"
    "sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL,"
    # What the source doesn't say of its colours has to be said of both sides.
    "zscale=tin={transfer}:min={matrix}:pin={primaries}:rin={range}:"
    "t=linear:m={matrix}:p={primaries}:npl=100,"
    "format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:p=bt709:r=tv,format={pixels}"
)
_ZSCALE_MATRICES = {"bt2020nc": "2020_ncl", "bt2020c": "2020_cl", "bt709": "709"}


def to_sdr(picture: Picture | None) -> str:
    """Return the filters that make any picture one for usual screens; empty where it's one.

    PQ and HLG are tone-mapped, RGB becomes BT.709, and levels from 0 to 255 become 16 to 235.
    """
    if picture is None or picture.is_rgb:
        return stated_colours(picture)
    if not picture.is_hdr:
        return "scale=out_range=tv" if picture.range == "pc" else ""
    matrix = picture.matrix if picture.matrix in _ZSCALE_MATRICES else "bt2020nc"
    return _TONE_MAP.format(
        transfer=picture.transfer,
        matrix=_ZSCALE_MATRICES[matrix],
        primaries="709" if picture.primaries == "bt709" else "2020",
        range="full" if picture.range == "pc" else "limited",
        pixels="yuv420p10le",
    )


def stated_colours(picture: Picture | None) -> str:
    """Return the filters by which a picture says its colours; empty where it does by itself.

    Of RGB, ffmpeg would make BT.601 and tag nothing: players of HD then show other colours. HDR may
    be stated by the file's header alone.
    """
    if picture is not None and picture.is_hdr:
        primaries, matrix = picture.primaries or "bt2020", picture.matrix or "bt2020nc"
        stated = f"color_primaries={primaries}:color_trc={picture.transfer}:colorspace={matrix}"
        return f"setparams={stated}"
    if picture is None or not picture.is_rgb:
        return ""
    return f"scale=out_color_matrix=bt709:out_range=tv,setparams={_BT709}"
