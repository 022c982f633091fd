# A part of encode.sh: how it ends.

# A task is tried again after any exit code but 0, on the same node and in the same directory.
# That helps against the node's faults. What ended by the input's own fault would end so again,
# after the same hours: verdict.txt says so to the next attempt, which ends at once.

# fail CODE WORDS: end, leaving no part of an output on the node's disk.
fail() {
    code=$1
    words=$2
    case $code in
        "$failed" | "$empty" | "$broken" | "$source_bad" | "$wrong")
            if is_disk_full; then
                code=$disk_full
                words="the node's disk is full ($words)"
            else
                printf '%s %s\n' "$code" "$words" >verdict.txt
            fi
            ;;
    esac
    rm -rf making proof pipe reports lists
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

no_room() {
    fail "$disk_full" "can't write to the node's disk"
}

# ffmpeg would outlive this script, and not every ffmpeg ends when asked: what it made is thrown
# away, so nothing is lost by killing it.
stop() {
    trap '' HUP INT TERM
    if [ -n "$running" ]; then
        kill -KILL "$!" 2>/dev/null
        wait "$!"
    fi
    for helper in $listeners $feeders; do
        kill -KILL "$helper" 2>/dev/null
    done
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
    elif [ "$runs" -gt 1 ]; then
        echo "ffmpeg failed on this input in run $run of $runs"
    else
        echo 'ffmpeg failed on this input'
    fi
}

# Say the errors in check.txt, and whether there are any. ffmpeg's exit code alone doesn't tell of
# all: a Matroska file may end in the middle. Lines on times that don't rise are about the null
# muxer, not the file. With levels, what is no error is a description.
complaints() {
    found=1
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            *'non monotonically increasing dts'* | *'Last message repeated'*) continue ;;
            '[info]'* | '[warning]'* | '['*' @ '*'] [info] '* | '['*' @ '*'] [warning] '*) continue ;;
            '[error] '* | '[fatal] '* | '[panic] '*) line=${line#*] } ;;
            *'] [error] '*) line=${line%%'[error] '*}${line#*'[error] '} ;;
            *'] [fatal] '*) line=${line%%'[fatal] '*}${line#*'[fatal] '} ;;
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
        "$failed" | "$empty" | "$broken" | "$source_bad" | "$wrong") ;;
        *) return ;;
    esac
    ! grep -qxF "encode.sh: $words" ../stderr.txt 2>/dev/null || exit "$code"
    [ ! -r words.txt ] || tail -n 40 words.txt >&2
    [ ! -r check.txt ] || complaints
    printf 'encode.sh: %s\n' "$words" >&2
    exit "$code"
}
