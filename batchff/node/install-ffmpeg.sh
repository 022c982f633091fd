# Install ffmpeg from a node's package manager, as its pool's start task does; run as administrator.
#
# It travels inside the start task's command line, comments dropped and lines joined with spaces,
# as /bin/sh -c "…": so it must hold no double quote, backslash, dollar sign or backquote, and no
# line may depend on where it ends.
#
# It writes into ffmpeg.txt, for encode.sh, which one it found or installed, and where that is from.
if command -v ffmpeg; then
    { ffmpeg -version | head -n 1; echo image; } > ../../shared/ffmpeg.txt || true;
    exit 0;
fi;
export DEBIAN_FRONTEND=noninteractive;
if command -v apt-get; then
    # A fresh node's own updates hold the lock for minutes, and its network may come up late.
    for attempt in 1 2 3 4 5; do
        apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update &&
        apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3
            install -y --no-install-recommends ffmpeg &&
        break;
        sleep 15;
    done;
elif command -v dnf; then
    # Waits for the lock by itself. Where the distribution has no ffmpeg, EPEL has ffmpeg-free,
    # which lacks encoders such as libx264.
    for attempt in 1 2 3 4 5; do
        dnf -q -y install ffmpeg && break;
        dnf -q -y install epel-release && { crb enable || true; } &&
        dnf -q -y install ffmpeg-free && break;
        sleep 15;
    done;
else
    echo This image has neither ffmpeg nor apt-get nor dnf. >&2;
    exit 1;
fi;
# Says what was installed, and fails where nothing was.
ffmpeg -version &&
{ { ffmpeg -version | head -n 1; echo apt; } > ../../shared/ffmpeg.txt || true; }
