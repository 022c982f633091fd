# Check that a node's image has ffmpeg, as its pool's start task does. It travels as install-ffmpeg.sh
# does, under the same rules.
command -v ffmpeg || {
    echo This image has no ffmpeg: give --ffmpeg bundled, or --ffmpeg apt. >&2;
    exit 1;
};
{ ffmpeg -version | head -n 1; echo image; } > ../../shared/ffmpeg.txt || true
