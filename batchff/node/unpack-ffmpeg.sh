# Put the ffmpeg that was fetched for this start task where encode.sh looks for it first: into the
# node's shared directory, which every task may read.
#
# DOWNLOAD and SHA256 are replaced by what they name. It travels as install-ffmpeg.sh does, under
# the same rules. Where the shared directory is from here: "Files and directories in Azure Batch".
# The download stays, as this runs again when the node was rebooted.
sha256sum DOWNLOAD | grep -q SHA256 ||
    { echo The ffmpeg that was fetched has another SHA-256 than was given. >&2; exit 1; };
rm -rf unpacked && mkdir -p unpacked ../../shared/bin &&
case DOWNLOAD in
    *.tar) tar -xf DOWNLOAD -C unpacked --no-same-owner ;;
    *) cp DOWNLOAD unpacked/ffmpeg ;;
esac &&
find unpacked -name ffmpeg -type f -exec install -m 755 -t ../../shared/bin {} + &&
rm -rf unpacked &&
../../shared/bin/ffmpeg -version &&
{ ../../shared/bin/ffmpeg -version | head -n 1; echo url; } >
    ../../shared/ffmpeg.txt
