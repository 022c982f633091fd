#!/bin/sh
# Encode one file, and call it a success only if the result decodes.
#
#   sh encode.sh INPUT OUTPUT [SIZE]
#
# INPUT and OUTPUT are plain names in the working directory; SIZE is how many bytes INPUT has.
# ffmpeg's arguments stand in arguments.txt, one a line; a line that is {input} stands for INPUT.
# ffmpeg's progress goes to progress.txt, its words to stderr. The last line of stderr says how it
# ended.
#
# A source may be a playlist or a script that names other files, whatever it's called. ffmpeg opens
# INPUT, and OUTPUT to check it, only as a file and only by the demuxers in `formats`, which read
# nothing else; and by the one that arguments.txt names with -f before `-i {input}`. Its own
# -protocol_whitelist and -format_whitelist there come before these.
#
# OUTPUT appears only when all went well: it is written under another name, decoded from its
# first frame to its last, and then renamed; the exit code is 0. The other exit codes:

usage=10        # called wrongly
no_ffmpeg=11    # this node can't run ffmpeg
failed=12       # ffmpeg failed on this input with these arguments
empty=13        # ffmpeg made nothing of the input
broken=14       # the output doesn't decode without an error, or has a stream without a frame
killed=15       # a signal ended it: the task was stopped, or the node ran out of memory
no_input=16     # INPUT or arguments.txt isn't on this node, or not whole
disk_full=17    # there is no room for the output on this node

formats=MEDIA_DEMUXERS  # names with commas between, filled in when this script is sent

# A task is tried again after any exit code but 0, on the same node and in the same directory.
# That helps against the node's faults. What ended by the input's own fault would end so again,
# after the same hours: verdict.txt says so to the next attempt, which ends at once.

# fail CODE WORDS: end, leaving no part of an output on the node's disk.
fail() {
    code=$1
    words=$2
    case $code in
        "$failed" | "$empty" | "$broken")
            if is_disk_full; then
                code=$disk_full
                words="the node's disk is full ($words)"
            else
                printf '%s %s\n' "$code" "$words" >verdict.txt
            fi
            ;;
    esac
    [ -z "$partial" ] || rm -f "$partial" pipe
    printf 'encode.sh: %s\n' "$words" >&2
    exit "$code"
}

# ffmpeg says so, but what it says may not fit on the disk either.
is_disk_full() {
    grep -q 'No space left on device' words.txt check.txt 2>/dev/null && return
    free=$(df -Pk . | while read -r _ _ _ free _; do echo "$free"; done)
    # Of two lines the first is the heading.
    [ "${free##*[!0-9]}" -lt 1024 ] 2>/dev/null
}

# run_ffmpeg FILE ARGUMENT...: what it says goes to FILE. It runs in the background, because a
# shell that waits for a child in the foreground hears no signal.
run_ffmpeg() {
    said=$1
    shift
    ffmpeg -nostdin -hide_banner "$@" 2>"$said" &
    wait "$!"
}

# encode ARGUMENT...: what ffmpeg says goes to stderr at once, and to words.txt to be judged.
encode() {
    rm -f pipe words.txt check.txt
    mkfifo pipe || fail "$disk_full" "can't write to the node's disk"
    tee words.txt <pipe >&2 &
    listener=$!
    run_ffmpeg pipe -nostats -y -progress progress.txt "$@"
    status=$?
    wait "$listener"
    rm -f pipe
    return "$status"
}

# ffmpeg would outlive this script, and not every ffmpeg ends when asked: what it made is thrown
# away, so nothing is lost by killing it.
stop() {
    trap '' HUP INT TERM
    if [ -n "$!" ]; then
        kill -KILL "$!" 2>/dev/null
        wait "$!"
    fi
    [ -z "$listener" ] || kill -KILL "$listener" 2>/dev/null
    fail "$killed" 'stopped by a signal'
}

# fail_as CODE STATUS WORDS: end as ffmpeg's exit status tells. 129 to 159 are signals plus 128;
# what is above are ffmpeg's own error numbers, but for 255: it caught a signal. A crash (ILL, TRAP,
# ABRT, BUS, FPE, SEGV) is the input's doing, other signals come from outside.
fail_as() {
    case $2 in
        126 | 127) fail "$no_ffmpeg" "ffmpeg doesn't run on this node (exit code $2)" ;;
        132 | 133 | 134 | 135 | 136 | 139) fail "$1" "$3 (it crashed: signal $(($2 - 128)))" ;;
        129 | 1[345]?) fail "$killed" "ffmpeg was killed by signal $(($2 - 128))" ;;
        255) fail "$killed" 'ffmpeg was stopped by a signal' ;;
    esac
    fail "$1" "$3 (ffmpeg's exit code: $2)"
}

# decode ARGUMENT...: decode these streams of the output; ffmpeg's complaints go to check.txt.
# image2 reads the pictures that no other demuxer knows; its patterns can't be in the output's name.
decode() {
    run_ffmpeg check.txt -v error -xerror -err_detect +crccheck+explode -max_error_rate 0 \
        -abort_on empty_output+empty_output_stream \
        -protocol_whitelist file -format_whitelist "$formats,image2" -i "$partial" "$@" -f null -
}

# is_refused FILE: ffmpeg's words there say that it wasn't let read a format.
is_refused() {
    grep -q 'Format not on whitelist' "$1"
}

# Say why ffmpeg failed on the input: that it names other files, unless that was asked for.
why_failed() {
    case $asked:$(head -c 1024 "$input" | tr -dc '[:graph:]') in
        :'#EXTM3U'* | :'<'*'<MPD'* | :'<MPD'* | :'<'*'<CompositionPlaylist'*)
            echo 'the input is a playlist that names other files'
            return
            ;;
        :ffconcatversion*)
            echo 'the input is a script that names other files'
            return
            ;;
    esac
    if is_refused words.txt; then
        echo 'the input has a format that can name other files, or is no media'
    else
        echo 'ffmpeg failed on this input'
    fi
}

# Say the errors in check.txt, and whether there are any. ffmpeg's exit code alone doesn't tell of all: a Matroska file
# may end in the middle. Lines on times that don't rise are about the null muxer, not the file.
complaints() {
    found=1
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            *'non monotonically increasing dts'* | *'Last message repeated'*) continue ;;
        esac
        printf '%s\n' "$line" >&2
        found=0
    done <check.txt
    return "$found"
}

# end_as_before: end with the verdict of the attempt before this one, and what was said then, unless
# this attempt's stderr is added to that.
end_as_before() {
    read -r code words <verdict.txt
    case $code in
        "$failed" | "$empty" | "$broken") ;;
        *) return ;;
    esac
    ! grep -qxF "encode.sh: $words" ../stderr.txt 2>/dev/null || exit "$code"
    [ ! -r words.txt ] || tail -n 20 words.txt >&2
    [ ! -r check.txt ] || complaints
    printf 'encode.sh: %s\n' "$words" >&2
    exit "$code"
}

input=$1
output=$2
partial=
listener=
case $# in
    2 | 3) ;;
    *) fail "$usage" 'usage: sh encode.sh INPUT OUTPUT [SIZE]' ;;
esac
for name in "$input" "$output"; do
    case $name in
        '' | -* | */* | *[:%]*) fail "$usage" "not a plain name: '$name'" ;;
    esac
done
case $output in
    *.*) part=partial.${output##*.} ;;
    *) part=partial ;;
esac
case $input in
    "$output" | "$part") fail "$usage" "the input can't be called $input" ;;
esac
[ ! -r verdict.txt ] || end_as_before
for name in "$input" arguments.txt; do
    [ -r "$name" ] || fail "$no_input" "$name isn't on this node"
done
if [ -n "$3" ]; then
    size=$(wc -c <"$input")
    [ "$size" -eq "$3" ] || fail "$no_input" "$input isn't whole: $((size)) of $3 bytes"
fi
# A pool's own ffmpeg, put there by its start task, comes before that of the image.
PATH=${AZ_BATCH_NODE_SHARED_DIR:+$AZ_BATCH_NODE_SHARED_DIR/bin:}$PATH
command -v ffmpeg >/dev/null || fail "$no_ffmpeg" 'there is no ffmpeg on this node'
partial=$part
trap stop HUP INT TERM

# What is said of an input stands between the input before it and its own -i, which is held back
# until it's known whether INPUT follows.
asked=
held=
before=
named= protocols=file allowed=$formats
set --
while IFS= read -r argument || [ -n "$argument" ]; do
    if [ -n "$held" ]; then
        if [ "$argument" = '{input}' ]; then
            set -- "$@" -protocol_whitelist "$protocols" -format_whitelist "$allowed$named"
            asked=$asked$named
        fi
        set -- "$@" -i
        held=
        before=
        named= protocols=file allowed=$formats
    elif [ "$argument" = -i ]; then
        held=yes
        continue
    else
        case $before in
            -f) named=,$argument ;;
            -protocol_whitelist) protocols=$argument ;;
            -format_whitelist) allowed=$argument ;;
        esac
        before=$argument
    fi
    [ "$argument" != '{input}' ] || argument=$input
    set -- "$@" "$argument"
done <arguments.txt
[ -z "$held" ] || set -- "$@" -i

rm -f "$output"
encode "$@" "$partial"
status=$?
[ "$status" -eq 0 ] || fail_as "$failed" "$status" "$(why_failed)"
[ -s "$partial" ] || fail "$empty" 'ffmpeg made nothing of this input'

decode -map '0:v?' -map '0:a?'
status=$?
read -r first <check.txt
case $first in
    *'does not contain any stream')
        decode -map 0:s -c copy
        status=$?
        ;;
esac
if complaints || [ "$status" -ne 0 ]; then
    if is_refused check.txt; then
        fail "$broken" 'the output has a format that names other files, which would be lost'
    fi
    fail_as "$broken" "$status" "the output doesn't decode without an error"
fi
mv -f "$partial" "$output" || fail "$disk_full" "can't write $output"
printf 'encode.sh: made %s\n' "$output" >&2
