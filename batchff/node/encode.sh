#!/bin/sh
# Encode one file, and call it a success only if the result decodes.
#
#   sh encode.sh INPUT OUTPUT
#
# INPUT and OUTPUT are plain names in the working directory. ffmpeg's arguments stand in
# arguments.txt, one a line; a line that is {input} stands for INPUT. ffmpeg's progress goes to
# progress.txt, its words to stderr. The last line of stderr says how it ended.
#
# OUTPUT appears only when all went well: it is written under another name, decoded from its
# first frame to its last, and then renamed; the exit code is 0. The other exit codes:

usage=10        # called wrongly, or INPUT or arguments.txt isn't there
no_ffmpeg=11    # this node can't run ffmpeg
failed=12       # ffmpeg failed on this input with these arguments
empty=13        # ffmpeg made nothing of the input
broken=14       # the output doesn't decode without an error, or has a stream without a frame
killed=15       # a signal ended it: the task was stopped, or the node ran out of memory

# fail CODE WORDS: end, leaving no part of an output on the node's disk.
fail() {
    [ -z "$partial" ] || rm -f "$partial"
    printf 'encode.sh: %s\n' "$2" >&2
    exit "$1"
}

# In the background, because a shell that waits for a child in the foreground hears no signal.
run_ffmpeg() {
    ffmpeg -nostdin -hide_banner "$@" &
    wait "$!"
}

# ffmpeg would outlive this script, and not every ffmpeg ends when asked: what it made is thrown
# away, so nothing is lost by killing it.
stop() {
    trap '' HUP INT TERM
    if [ -n "$!" ]; then
        kill -KILL "$!" 2>/dev/null
        wait "$!"
    fi
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
decode() {
    run_ffmpeg -v error -xerror -err_detect +crccheck+explode -max_error_rate 0 \
        -abort_on empty_output+empty_output_stream -i "$partial" "$@" -f null - 2>check.txt
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

input=$1
output=$2
partial=
[ "$#" -eq 2 ] || fail "$usage" 'usage: sh encode.sh INPUT OUTPUT'
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
[ -r "$input" ] || fail "$usage" "can't read $input"
[ -r arguments.txt ] || fail "$usage" "can't read arguments.txt"
command -v ffmpeg >/dev/null || fail "$no_ffmpeg" 'there is no ffmpeg on this node'
partial=$part
trap stop HUP INT TERM

set --
while IFS= read -r argument || [ -n "$argument" ]; do
    [ "$argument" != '{input}' ] || argument=$input
    set -- "$@" "$argument"
done <arguments.txt

rm -f "$output"
run_ffmpeg -nostats -y -progress progress.txt "$@" "$partial"
status=$?
[ "$status" -eq 0 ] || fail_as "$failed" "$status" 'ffmpeg failed on this input'
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
    fail_as "$broken" "$status" "the output doesn't decode without an error"
fi
mv -f "$partial" "$output" || fail "$failed" "can't write $output"
printf 'encode.sh: made %s\n' "$output" >&2
