# Install ffmpeg on an Ubuntu node, as its pool's start task does; run as administrator.
#
# It travels inside the start task's command line, comments dropped and lines joined with spaces,
# as /bin/sh -c "…": so it must hold no double quote, backslash, dollar sign or backquote, and no
# line may depend on where it ends.
command -v ffmpeg && exit 0;
command -v apt-get || { echo This image has neither ffmpeg nor apt-get. >&2; exit 1; };
export DEBIAN_FRONTEND=noninteractive;
# A fresh node's own updates hold the dpkg lock for minutes, and its network may come up late.
for attempt in 1 2 3 4 5; do
    apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update &&
    apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3
        install -y --no-install-recommends ffmpeg &&
    break;
    sleep 15;
done;
# Says what was installed, and fails where nothing was.
ffmpeg -version
