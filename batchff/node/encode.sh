#!/bin/sh
# Make the outputs of one source, and call it a success only if they are what was promised of it.
#
#   sh encode.sh [-salvage] [-ss START] [-to END] [-until TIME] INPUT SIZE [BESIDE SIZE]...
#
# INPUT is the source, each BESIDE a file that runs read beside it: with-0.srt, with-1.png, ... All
# are plain names in the working directory. SIZE is how many bytes the file before it has, or - where
# that isn't known. START and END, in seconds, are the part of the source that is read. TIME is when the
# pictures of a chunk of a film are over: what comes after them is there for them to be decoded.
# recipe.txt says what to run. The first character of a line is its kind:
#
#   R[MEASURES]  a run of ffmpeg begins; MEASURES is `loudness`, `duration` or nothing
#   A<text>      its next argument; anywhere in it {input} stands for INPUT, {with:N} for a file
#                beside it, {measured:NAME} for what a run before measured, {until} for TIME
#   D<folder>    a folder to make before the first run
#   F<name>      an output that is a file
#   G<name>      an output that is a folder of files; a dot is all that is made
#   Q<words>     which quality and size are asked of the only output:
#       aim METRIC TARGET TOLERANCE    `vmaf` or `ssim`
#       crf BEST WORST STEP START SLOPE VERSION
#                                      {measured:crf} becomes one of these; a STEP below 1 needs an
#                                      ffmpeg of that major VERSION
#       film INDEX                     the source's stream
#       filter CHAIN                   through which the output's film comes
#       input WORDS                    before the source's -i
#       word WORD                      an argument that encodes a sample; the last one is its name
#       smaller SHARE                  an output that isn't smaller than its source by this share
#                                      becomes a line that says so: the source is kept
#   P<words>     what is promised of the output before it:
#       counts VIDEO AUDIO SUBTITLES   how many streams, each `none`, `one`, `one-if-any`, `all`
#                                      or `any`
#       duration                       it's as long as the source
#       frames                         it has the source's pictures, at their times
#       compare KINDS                  its `pictures`, their `levels`, its `sound` are the source's
#       size WIDTH HEIGHT              in pixels; 0 is any
#       undecoded                      it isn't decoded to check it
#       streams                        it has those of the lines after it, and no others
#       stream KIND SOURCE HOW CHANNELS TRANSFER
#                                      SOURCE is the index of the source's stream, HOW is `copy` or
#                                      `made`; a dash is what isn't promised
#
# ffmpeg runs in making/, where INPUT and the files beside it are links, so that no name of a recipe
# is one of the files here. Its progress goes to progress.txt, and `stage=checking` once the outputs are
# made and are checked; its words go to stderr. The first line of stderr says which ffmpeg it is, the
# last one how it ended.
#
# A source may be a playlist or a script that names other files, whatever it's called. ffmpeg opens
# INPUT, the files beside it, and the outputs to check them, only as files and only by the demuxers
# in `formats`, which read nothing else; and by the one that a run names with -f before `-i {input}`.
# A run's own -protocol_whitelist and -format_whitelist come before these. Filters open files by
# themselves: what has its place within an argument is opened once before, only as a file and only by
# these demuxers.
#
# The source is held against what its header says. Where it's cut off or damaged, that's a failure, or
# with -salvage what can be made of it is kept; told.txt says what is missing then. proof.txt has
# what was found, a fact a line.
#
# made/ appears only when all went well: making/ gets this name once each output was decoded from its
# first frame to its last and held against the source, and each folder has a manifest beside it:
# NAME.manifest, or files.manifest for the dot. It has a line for each file: its size, its MD5, its
# path. done.txt says what was made, and what was found. The exit code is 0 then. The other exit
# codes:

usage=10        # called wrongly, or recipe.txt can't be run
no_ffmpeg=11    # this node can't run ffmpeg
failed=12       # ffmpeg failed on this input with these arguments
empty=13        # ffmpeg made nothing of the input, or not all outputs
broken=14       # an output doesn't decode without an error, or has a stream without a frame
killed=15       # a signal ended it: the task was stopped, or the node ran out of memory
no_input=16     # INPUT, a file beside it or recipe.txt isn't on this node, or not whole
disk_full=17    # there is no room for the outputs on this node
source_bad=18   # the source is cut off or damaged
wrong=19        # an output isn't what was promised, or that can't be checked

formats=MEDIA_DEMUXERS  # names with commas between, filled in when this script is sent

newline='
'

# The parts are put in these places when this script is sent.
. ./encode/endings.sh
. ./encode/sources.sh
. ./encode/facts.sh
. ./encode/source.sh
. ./encode/looks.sh
. ./encode/runs.sh
. ./encode/checks.sh
. ./encode/judging.sh
. ./encode/proof.sh
. ./encode/seeing.sh
. ./encode/hearing.sh
. ./encode/compare.sh
. ./encode/choosing.sh
. ./encode/measuring.sh
. ./encode/search.sh
. ./encode/sizes.sh
. ./encode/folders.sh
. ./encode/manifests.sh
. ./encode/done.sh

salvage=
salvaged=
[ "$1" != -salvage ] || { salvage=yes && shift; }
cut=
cut_from=0
cut_to=
until=
while [ "$1" = -ss ] || [ "$1" = -to ] || [ "$1" = -until ]; do
    case $2 in
        '' | . | *[!0-9.]* | *.*.*) fail "$usage" "not a time: '$2'" ;;
    esac
    case $1 in
        -ss) cut="$cut $1 $2" cut_from=$2 ;;
        -to) cut="$cut $1 $2" cut_to=$2 ;;
        *) until=$2 ;;
    esac
    shift 2
done
input=$1
sources=$newline
named=
runs=0
outputs=0
listeners=
feeders=
pipes=0
is_piped=
running=
looked=
proved=0
proves=
lenient=
blind=
compared=
read_call "$@"
[ ! -r verdict.txt ] || end_as_before
[ -r recipe.txt ] || fail "$no_input" "recipe.txt isn't on this node"
read_recipe
check_sources "$@"
# A pool's own ffmpeg, put there by its start task, comes before that of the image.
PATH=${AZ_BATCH_NODE_SHARED_DIR:+$AZ_BATCH_NODE_SHARED_DIR/bin:}$PATH
command -v ffmpeg >/dev/null || fail "$no_ffmpeg" 'there is no ffmpeg on this node'
say_ffmpeg
trap stop HUP INT TERM
make_room "$@"
find_source
check_source
find_compared
read_aim
search_crf
encode_all
film_name=${named%%"$newline"*}
reach_quality "$film_name"

say_checking
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        F*) check_output "${line#F}" ;;
        G*) check_folder "${line#G}" ;;
    esac
done <recipe.txt
tell_others
size=$(wc -c <"$input")
size=$((size))
[ -z "$cut" ] || size=-
keep_smaller "$film_name" "$size"
made=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        [FG]*) made=$made${made:+, }${line#?} ;;
    esac
    case $line in
        G*) write_manifest "${line#?}" ;;
    esac
done <recipe.txt
set -- lists
for file in making/*; do
    [ ! -L "$file" ] || set -- "$@" "$file"
done
rm -rf "$@"
if [ -n "$salvaged" ]; then
    printf 'salvaged: %s\n' "$salvaged" >>told.txt || no_room
    printf 'encode.sh: salvaged: %s\n' "$salvaged" >&2
fi
mv making made || no_room
write_done
rm -rf proof
printf 'encode.sh: made %s\n' "$made" >&2
