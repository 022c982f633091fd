# Put the ffmpeg that batchff sent to storage where encode.sh looks for it first.
#
# SHA256 and VERSION are replaced by what they name: the checksum is that of the program, and stands
# here, so that whoever can write to storage can't put another one in its place. It travels as
# install-ffmpeg.sh does, under the same rules. The download stays, as this runs again when the node
# was rebooted.
mkdir -p unpacked ../../shared/bin && gzip -dc ffmpeg.gz > unpacked/ffmpeg;
sha256sum unpacked/ffmpeg | grep -q SHA256 || {
    rm -rf unpacked;
    echo The ffmpeg in storage is not the one that was sent: its SHA-256 is another one. >&2;
    exit 1;
};
chmod 755 unpacked/ffmpeg && mv -f unpacked/ffmpeg ../../shared/bin/ffmpeg && rm -rf unpacked &&
../../shared/bin/ffmpeg -version || {
    echo The bundled ffmpeg needs x86-64 and glibc 2.28 or newer: give another by --ffmpeg. >&2;
    exit 1;
};
{ echo ffmpeg version VERSION; echo bundled; } > ../../shared/ffmpeg.txt
